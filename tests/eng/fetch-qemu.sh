#!/bin/sh
# Fetches Debian's user-mode emulator of Arm64, the libraries it needs, and the Arm64 C library into a folder, without root: the runtime's
# tests run its Arm64 kernels with them. Where the packages cannot be had it says so and succeeds: the tests then report that they were skipped.
#
# usage: fetch-qemu.sh <folder>
set -u

target=${1:?usage: fetch-qemu.sh <folder>}
packages="qemu-user libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross"

say() { echo "fetch-qemu: $*"; }

if command -v qemu-aarch64 >/dev/null 2>&1 && [ -e /usr/aarch64-linux-gnu/lib/libstdc++.so.6 ]; then
    exit 0
fi
# What another version of this script fetched may lack something.
if [ "$target/complete" -nt "$0" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg >/dev/null 2>&1; then
    say "no apt-get here; the Arm64 kernels are not run."
    exit 0
fi

mkdir -p "$(dirname "$target")" && work=$(mktemp -d "$target.XXXXXX") || exit 0
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs" "$work/root"

# The system's package lists if it has any, otherwise our own.
options="-o Dir::Cache=$work/cache -o Debug::NoLocking=true"
if ! apt-cache $options show qemu-user >/dev/null 2>&1; then
    options="$options -o Dir::State::lists=$work/lists"
    if ! apt-get $options update >"$work/log" 2>&1; then
        say "apt-get update failed; the Arm64 kernels are not run."
        exit 0
    fi
fi

# What an installation would install: the packages, and what they need that this system does not have.
missing=$(apt-get $options install --simulate --no-install-recommends $packages 2>"$work/log" | awk '/^Inst / { print $2 }')
if [ -z "$missing" ]; then
    say "apt-get does not know how to install '$packages'; the Arm64 kernels are not run."
    exit 0
fi
if ! (cd "$work/debs" && apt-get $options download $missing) >"$work/log" 2>&1; then
    say "the packages could not be downloaded; the Arm64 kernels are not run."
    exit 0
fi
for package in "$work"/debs/*.deb; do
    if ! dpkg -x "$package" "$work/root"; then
        say "'$package' could not be unpacked; the Arm64 kernels are not run."
        exit 0
    fi
done

# Renamed when whole, so that an interrupted run leaves nothing half done.
touch "$work/root/complete"
rm -rf "$target"
mv "$work/root" "$target" 2>/dev/null || say "'$target' is being written by someone else."
exit 0
