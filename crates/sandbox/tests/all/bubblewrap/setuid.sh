# Runs `PROBE nest TRIES` as user 1000 of a user namespace that allows no further one, with a setuid bubblewrap on PATH,
# and lists what came of it. Arguments: PROBE TRIES. To be started by root.
set -e
unshare --user --mount sleep 60 &
holder=$!
trap 'kill $holder' EXIT
# Until `sleep` runs, the process may not be in its namespace yet.
until [ "$(cat /proc/$holder/comm)" = sleep ]; do :; done
echo "0 0 65536" > /proc/$holder/gid_map
echo "0 0 65536" > /proc/$holder/uid_map
nsenter --target $holder --user --mount --setuid 0 --setgid 0 /bin/sh -e -c '
    echo 0 > /proc/sys/user/max_user_namespaces
    mount -t tmpfs -o mode=755 none /mnt
    mkdir -p /mnt/bin /mnt/outside /mnt/ws/.git /mnt/ws/src
    cp "$(command -v bwrap)" "$0" /mnt/bin
    echo original > /mnt/ws/.git/config
    chmod 4755 /mnt/bin/bwrap
    chown -R 1000:1000 /mnt/ws /mnt/outside
    cd /mnt/ws
    PATH=/mnt/bin:$PATH OUTSIDE=/mnt/outside setpriv --reuid 1000 --regid 1000 --clear-groups "/mnt/bin/${0##*/}" nest "$1"
    ls -A /mnt/ws /mnt/ws/src /mnt/ws/.git /mnt/outside
    cat /mnt/ws/.git/config' "$1" "$2"
