#!/bin/sh
# Ends what its parent started, once the parent is gone: also when the parent was killed with SIGKILL and could do
# nothing itself. Standard input is a pipe from the parent; the system closes it when the parent ends, however it ends.
# Lines: "+ PID SIGNAL" (a process group to end, and how it is asked), "- PID" (it has ended by itself).
trap '' INT TERM HUP

watched=
while read -r verb pid signal; do
  case $verb in
    +) watched="$watched $pid:$signal" ;;
    -)
      kept=
      for entry in $watched; do
        [ "${entry%%:*}" = "$pid" ] || kept="$kept $entry"
      done
      watched=$kept
      ;;
  esac
done

for entry in $watched; do
  kill -s "${entry##*:}" -- "-${entry%%:*}" 2>/dev/null
done
tries=0
while [ "$tries" -lt 50 ]; do
  alive=
  for entry in $watched; do
    kill -0 -- "-${entry%%:*}" 2>/dev/null && alive="$alive $entry"
  done
  [ -n "$alive" ] || exit 0
  sleep 0.1
  tries=$((tries + 1))
done
for entry in $alive; do
  kill -s KILL -- "-${entry%%:*}" 2>/dev/null
done
exit 0
