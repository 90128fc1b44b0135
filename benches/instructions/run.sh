#!/usr/bin/env bash
# Counts the instructions of fixed small runs and compares them with table.tsv: a slowdown that no
# clock on a shared machine would show. `--write` writes the table anew.
#
# Needs valgrind, which on Debian it installs itself where it may; without it, it says that it
# skipped. Counts belong to a processor with AVX2 (valgrind has no AVX-512) and to a compiler: on
# others the comparison is left out, and says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
table=benches/instructions/table.tsv
band=3 # percent: more fails, less asks for a new table

skip() {
  echo "instruction counts: skipped: $*"
  exit 0
}

if ! command -v valgrind >/dev/null; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    { apt-get install -y -q valgrind || { apt-get update -q && apt-get install -y -q valgrind; }; } \
      >/dev/null 2>&1 || true
  fi
  command -v valgrind >/dev/null || skip "valgrind is not installed (Debian: apt-get install valgrind)"
fi
grep -qw avx2 /proc/cpuinfo || skip "the table is for processors with AVX2"

compiler=$(rustc --version)
if [ "${1:-}" != --write ]; then
  [ -f "$table" ] || skip "there is no $table; make it with $0 --write"
  stamped=$(sed -n 's/^# compiler: //p' "$table")
  [ "$compiler" = "$stamped" ] || skip "the table is of $stamped, this is $compiler; see --write"
fi

cargo build --release --locked --quiet
tikrar=${CARGO_TARGET_DIR:-target}/release/tikrar
place=$(mktemp -d)
mkdir "$place/out"
trap 'rm -rf "$place"' EXIT
"$tikrar" synth --pages 400 --out "$place/news.jsonl" --quiet

# Pages made to be slow: what must take time in proportion to their length would take a hundred times as
# much here if it did not.
hostile() { # the name of a page, then units of its text, each with how often it stands there
  local page="$place/hostile/$1.txt"
  shift
  for (( ; $# > 1; )); do
    awk -v unit="$1" -v times="$2" 'BEGIN { while (times--) printf "%s", unit }' >>"$page"
    shift 2
  done
}
mkdir "$place/hostile"
paragraph='أعلنت سلطة الميناء صباح اليوم أن الرصيف الجديد سيستقبل أول سفينة شحن في نهاية الشهر المقبل، بعد أن أنهت الفرق الفنية تجارب الرافعات. '
title='افتتاح رصيف جديد في ميناء المدينة'
hostile long "$paragraph\n- الرئيسية\n$title\n" 400
hostile titles "$title\n$paragraph\n" 2000
hostile cut-off "${paragraph%??}...\n" 1000
hostile one-line "$paragraph" 2000
hostile spaces 'كلمة    ' 20000
hostile headings 'اقرأ أيضا:\n' 20000
hostile inline-headings 'اقرأ أيضا: عنوان قصير ' 10000
hostile glued-headings 'اقرأ أيضاًالمملكة تستضيف المؤتمر\n' 10000
hostile furniture 'المصدر: المرفأ كلمات دلالية: اقرأ المزيد ' 10000
hostile lines 'سطر قصير\n' 20000
hostile items '- بند\n' 20000
hostile after-source "$paragraph\n" 2 'المصدر: المرفأ\n' 1 'سطر قصير هنا\n' 20000 "$paragraph\n" 1
hostile particles 'و ' 50000
hostile numbers 'ب 5 ' 20000
hostile names 'عبدال' 10000
hostile entities '&amp' 20000
hostile tatweel 'ـ' 50000
# Texts of few words again and again, one of them with others between.
mkdir "$place/few"
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "كلمة%d ", i % 5 }' >"$place/few/a.txt"
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "كلمة%d ", i % 97 ? i % 5 : i }' >"$place/few/b.txt"
"$tikrar" dedup "$place/few" --out "$place/pair" --no-kept --no-report --quiet

# name, then the arguments; OUT stands for a new place to write to.
cases=(
  "synth            synth --pages 400 --out OUT"
  "dedup            dedup $place/news.jsonl --out OUT --no-report"
  "dedup-page       dedup $place/news.jsonl --out OUT --scope page --match jaccard --no-kept --no-removed --no-report"
  "dedup-simhash    dedup $place/news.jsonl --out OUT --scope page --match jaccard --method simhash --no-kept --no-removed --no-report"
  "segment          segment $place/news.jsonl --out OUT"
  "fixtures         dedup fixtures/pages --out OUT"
  "hostile          dedup $place/hostile --out OUT --no-report"
  "hostile-pair     compare --in $place/pair a.txt b.txt --json"
)

: >"$place/counts"
for case in "${cases[@]}"; do
  read -r name arguments <<<"$case"
  read -r -a arguments <<<"${arguments/OUT/$place/out/$name}"
  valgrind --tool=callgrind --callgrind-out-file="$place/$name.callgrind" \
    "$tikrar" "${arguments[@]}" --threads 1 --quiet >"$place/log" 2>&1 ||
    { cat "$place/log"; echo "instruction counts: $name failed"; exit 1; }
  printf '%s\t%s\n' "$name" "$(sed -n 's/^totals: *//p' "$place/$name.callgrind")" >>"$place/counts"
done

if [ "${1:-}" = --write ]; then
  {
    echo "# Instructions of fixed runs on one thread; see run.sh, which makes and compares them."
    echo "# compiler: $compiler"
    cat "$place/counts"
  } >"$table"
  cat "$table"
  exit 0
fi

wrong=0
stale=0
while IFS=$'\t' read -r name count; do
  known=$(awk -F'\t' -v name="$name" '$1 == name { print $2 }' "$table")
  if [ -z "$known" ]; then
    echo "$name: $count instructions, not in the table"
    wrong=1
    continue
  fi
  verdict=$(awk -v a="$count" -v b="$known" -v band="$band" 'BEGIN {
    change = (a / b - 1) * 100
    printf "%+.2f %% %s", change, ((change > band) ? "MORE" : ((change < -band) ? "less" : "ok")) }')
  printf '%-16s %14s of %14s  %s\n' "$name" "$count" "$known" "$verdict"
  if [[ $verdict == *less ]]; then
    stale=1
  elif [[ $verdict == *MORE ]]; then
    wrong=1
    callgrind_annotate "$place/$name.callgrind" 2>/dev/null | grep -m 12 -E '^ *[0-9,]+ \(' || true
  fi
done <"$place/counts"
if [ $wrong$stale != 00 ]; then
  echo "instruction counts: more than $band % from the table. If that is meant:"
  echo "  benches/instructions/run.sh --write   and commit the table with the change that moved it"
  # More work fails; a table that is behind an improvement only asks to be made anew.
  exit $wrong
fi
echo "instruction counts: all within $band % of the table"
