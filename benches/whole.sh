#!/usr/bin/env bash
# Whole runs of a volq binary: wall time, size and peak memory.
#
#   benches/whole.sh [BINARY [RUNS]]
#
# hyperfine and GNU time are used where they are found. The markets are built in, so nothing leaves the machine.
set -euo pipefail
export LC_ALL=C

binary=${1:-target/release/volq}
runs=${2:-20}
commands=(
    "--version"
    "quote SPY QQQ AAPL /ES --demo"
    "screen --demo"
)

# Settings of the user must not take part.
XDG_CONFIG_HOME=$(mktemp -d)
export XDG_CONFIG_HOME
trap 'rm -rf "$XDG_CONFIG_HOME"' EXIT

main() {
    [[ -x $binary ]] || { echo "whole.sh: $binary is no program; cargo build --release makes it" >&2; exit 2; }
    echo "machine  $(machine)"
    echo "load     $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || uptime)"
    echo "binary   $("$binary" --version), $(wc -c <"$binary" | tr -d ' ') bytes"
    echo
    printf '%-34s %10s %10s %10s %10s\n' command 'min ms' 'median ms' 'max ms' 'peak KiB'
    local command
    for command in "${commands[@]}"; do
        # shellcheck disable=SC2086 # the words of a command are its arguments
        measure $command
    done
}

machine() {
    local model
    model=$(lscpu 2>/dev/null | sed -n 's/^Model name: *//p' | head -n 1)
    echo "${model:-$(uname -m)}, $(getconf _NPROCESSORS_ONLN) cores, $(uname -sr)"
}

measure() {
    "$binary" "$@" >/dev/null 2>&1 || { echo "whole.sh: volq $* failed" >&2; exit 1; }
    local times
    if command -v hyperfine >/dev/null; then
        times=$(by_hyperfine "$@")
    else
        times=$(by_hand "$@")
    fi
    # shellcheck disable=SC2086 # three numbers
    printf '%-34s %10.2f %10.2f %10.2f %10s\n' "$*" $times "$(peak "$@")"
}

# Least, median and greatest milliseconds.
by_hyperfine() {
    local table=$XDG_CONFIG_HOME/times.csv
    hyperfine --shell=none --style=none --warmup 2 --runs "$runs" --export-csv "$table" "$binary $*" >/dev/null 2>&1
    # command,mean,stddev,median,user,system,min,max
    awk -F, 'NR == 2 { print 1000 * $7, 1000 * $4, 1000 * $8 }' "$table"
}

# The same; the run that showed that the command works has warmed the caches.
by_hand() {
    local run before after
    for ((run = 0; run < runs; run++)); do
        before=${EPOCHREALTIME/./}
        "$binary" "$@" >/dev/null 2>&1
        after=${EPOCHREALTIME/./}
        echo $((after - before))
    done | sort -n | awk '{ us[NR] = $1 } END { print us[1] / 1000, us[int((NR + 1) / 2)] / 1000, us[NR] / 1000 }'
}

peak() {
    if /usr/bin/time -v true 2>/dev/null; then
        /usr/bin/time -v "$binary" "$@" 2>&1 >/dev/null | sed -n 's/.*Maximum resident set size.*: //p'
    else
        echo –
    fi
}

main
