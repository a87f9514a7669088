# Compares dotted version numbers in plain POSIX shell. To use it: . ./lib/version.sh

# version_compare A B: prints -1 when A is older than B, 1 when it is newer, 0 when both are the same.
# Missing parts count as 0, so 1.2 is the same as 1.2.0.
version_compare() {
    _left=$1
    _right=$2
    while [ -n "$_left$_right" ]; do
        _a=${_left%%.*}
        _b=${_right%%.*}
        if [ "${_a:-0}" != "${_b:-0}" ]; then
            if expr "x$_a" '<' "x$_b" >/dev/null; then
                echo -1
            else
                echo 1
            fi
            return
        fi
        case $_left in *.*) _left=${_left#*.} ;; *) _left= ;; esac
        case $_right in *.*) _right=${_right#*.} ;; *) _right= ;; esac
    done
    echo 0
}

# version_latest: reads versions, one on a line, and prints the newest.
version_latest() {
    _latest=
    while read -r _version; do
        if [ -z "$_latest" ] || [ "$(version_compare "$_version" "$_latest")" -eq 1 ]; then
            _latest=$_version
        fi
    done
    echo "$_latest"
}
