#!/bin/sh
# A bubblewrap that does everything it is told, but for the cover of `.git`. REAL stands for the real one.
count=$#
while [ $count -gt 0 ]; do
    word=$1
    shift
    count=$((count - 1))
    if [ "$word" = --ro-bind ]; then
        case $1 in
        */ws/.git)
            shift 2
            count=$((count - 2))
            continue
            ;;
        esac
    fi
    set -- "$@" "$word"
done
exec REAL "$@"
