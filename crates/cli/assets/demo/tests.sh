# Checks lib/version.sh; the exit code is 1 when a check fails. To run it: sh tests.sh
cd "$(dirname "$0")" || exit 1
. ./lib/version.sh

count=0
failed=0

check() {
    count=$((count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $count - $1"
    else
        failed=$((failed + 1))
        echo "not ok $count - $1: expected $2, got $3"
    fi
}

check 'the same version' 0 "$(version_compare 1.2.3 1.2.3)"
check 'an older patch' -1 "$(version_compare 1.2.3 1.2.4)"
check 'a newer major' 1 "$(version_compare 2.0.0 1.9.9)"
check 'a missing part is 0' 0 "$(version_compare 1.2 1.2.0)"
check 'a part with two digits' -1 "$(version_compare 1.9.0 1.10.0)"
check 'the newest of three' 1.10.0 "$(printf '1.9.0\n1.10.0\n1.2.0\n' | version_latest)"

echo "$count checks, $failed failed"
[ "$failed" -eq 0 ]
