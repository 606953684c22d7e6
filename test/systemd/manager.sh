#!/bin/sh
# Runs systemd as a service manager, with a /run of its own: `manager.sh DIRECTORY NAME`. Units
# are in DIRECTORY/home/.config/systemd/user. It is in a control group of its own, /NAME.
set -eu
export HOME="$1/home" XDG_RUNTIME_DIR="$1/run" XDG_DATA_DIRS="$1" XDG_CONFIG_DIRS="$1"
for root in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
  [ -e "$root/cgroup.procs" ] || continue
  mkdir -p "$root/$2"
  echo $$ > "$root/$2/cgroup.procs"
done
mount -t tmpfs tmpfs /run
# What sd_booted(3) looks for.
mkdir -p /run/systemd/system
# Not as process 1, which it would take for the whole system.
/lib/systemd/systemd --user --unit=basic.target &
wait
