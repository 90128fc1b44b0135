#!/usr/bin/env python3
"""CPU time, memory and correctness of tikrar and its peers at one setting, taking turns.

  python3.11 benches/peers/speed.py --work DIR [--rounds N] [--pages N] [--only PEER ...] [--tikrar BIN]
  python3.11 benches/peers/speed.py --work DIR --readme [--bench-pages N]

Word 5-shingles, Jaccard 0.8, on the articles of July 2015 (or the first N of them). In every round
each tool runs once, one after the other, so that what else the machine does falls on all alike; the
figures are medians over the rounds. Found pairs are set against an exact join of folded words (both
ends in one cluster counts as found, chains too). Only tikrar folds spelling; how many of the pairs a
peer would find in text that was folded for it beforehand is told by one more run, which is not timed.
Environments are those of run.py.

`--readme` then measures the scaling of tikrar on a synthetic archive (`tikrar bench`), and puts the
table, the picture (docs/scaling.svg) and what they were measured on into README.md, between the lines
that name this script. All raw figures of the peers stay in DIR/speed.json, those of the scaling in
docs/scaling.json.
"""
import argparse, collections, itertools, json, os, platform, re, shutil, statistics, subprocess, sys
from pathlib import Path

from run import (HERE, LETTERS, MARKS, WORD, close_pairs, clusters_of, install, machine, measured, prepare, read_texts,
                 requirements, table)

ROOT = HERE.parents[1]
# peer, options, settings in words: as near to word 5-shingles at 0.8 as the peer can be set.
PEERS = [
    ("chdb", dict(ngram=5, hashes=6), "wordShingleMinHashUTF8(5, 6)"),
    ("chdb", dict(ngram=5, hashes=1), "the same with 1 hash, which finds most"),
    ("daft", dict(ngram=5, bands=16, rows=8), "minhash, 16 x 8, word 5"),
    ("rensa", dict(ngram=5, threshold=0.8), "RMinHashDeduplicator, 128 slots, word 5, 0.8"),
    ("datasketch", dict(ngram=5, threshold=0.8), "MinHashLSH, 128 perm., word 5, 0.8"),
    ("text-dedup", dict(ngram=5, threshold=0.8), "minhash, 250 perm., word 5, 0.8"),
    ("datatrove", dict(buckets=14, hashes=8), "14 x 8, word 5 (about 0.72)"),
]
TIKRAR = "--scope page --match jaccard --shingle word:5 --threshold 0.8 --no-kept --no-removed --no-report -q"
# The peers chain what they find; tikrar does so only if it is told to.
TIKRARS = [("1 thread, chained", "--threads 1 --link components"),
           ("a thread a core, chained", "--threads 0 --link components"), ("1 thread, as it is", "--threads 1")]


def scores(cluster, exact):
    """Recall of the exact pairs at 0.8, and precision against those at 0.8 and at 0.5."""
    sets = collections.defaultdict(list)
    for page, number in cluster.items():
        sets[number].append(page)
    claimed = {frozenset(pair) for members in sets.values() for pair in itertools.combinations(members, 2)}
    near = {frozenset(pair[:2]): pair[2] for pair in exact}
    close = {pair for pair, jaccard in near.items() if jaccard >= 0.8}

    def share(part, of):
        return len(part) / len(of) if of else 1.0
    return share(claimed & close, close), share(claimed & close, claimed), share(claimed & near.keys(), claimed)


def fold_all(source, target):
    """The same articles in the words that are compared, one space between them."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with open(target.with_suffix(".part"), "w", encoding="utf-8") as out:
        for page, text in read_texts(source):
            words = WORD.findall(MARKS.sub("", text).translate(LETTERS).lower())
            out.write(json.dumps({"id": page, "text": " ".join(words)}, ensure_ascii=False) + "\n")
    target.with_suffix(".part").rename(target)


def bench(args, work):
    """Scaling on a synthetic archive; the picture and all raw times go to docs/."""
    (ROOT / "docs").mkdir(exist_ok=True)
    raw = ROOT / "docs/scaling.json"
    command = ["tikrar", "bench", "--pages", str(args.bench_pages), "--repeats", str(args.bench_repeats)]
    files = ["--json", raw, "--html", work / "bench.html", "--svg", ROOT / "docs/scaling.svg"]
    subprocess.run([args.tikrar.resolve(), *command[1:], *files], check=True)
    return " ".join(command), json.loads(raw.read_text())


def scaling(command, found):
    """What the picture's figures are, in words."""
    cores = found["machine"]["cores"]
    lines = [f"`{command}`: a synthetic archive of {found['pages']:,} pages ({found['bytes'] / 1e6:,.0f} MB), the main job "
             f"with its defaults and all its files but the report; medians of {found['repeats']} runs on {cores} cores; "
             "all raw times are in [docs/scaling.json](docs/scaling.json).", "",
             "![Times as fast by threads, beside the ideal; and the seconds of every stage](docs/scaling.svg)", ""]
    rows = [(t["threads"], f"{t['wall']['median']:.2f} (±{t['wall']['mad']:.2f})", f"{t['cpu']['median']:.2f}",
             f"{t['cores_busy']:.2f}", f"{t['pages_per_s']:,.0f}", f"{t['gb_per_s'] * 1000:.0f}", f"{t['peak_bytes'] / 1e6:.0f}")
            for t in found["totals"]]
    lines.append(table(("threads", "wall s", "CPU s", "cores busy", "pages/s", "MB/s", "peak MB of the run, file pages included"), rows))
    base = ", ".join(f"{b['engine_cpu_ratio']:.1f} x {b['baseline']}" for b in found["baselines"] if b["threads"] == found["threads"][0])
    lines.append(f"On {found['threads'][0]} thread the CPU time is {base}, measured in the same run.")
    whole = found["scaling"][0]
    if whole["measured"]:
        last = whole["measured"][-1]
        parts = sorted((r for r in found["scaling"][1:] if r["fit"]), key=lambda r: -r["fit"]["fixed_s"])[:3]
        lines.append(
            f"More threads do not shorten {last['share']['median'] * 100:.1f} % of it (±{last['share']['mad'] * 100:.1f} between "
            f"rounds, on {last['threads']} threads), most of that in "
            + ", ".join(f"{r['stage']} ({r['fit']['fixed_s']:.2f} s)" for r in parts)
            + f"; CPU time grows to {whole['cpu_growth']:.2f} times that on {found['threads'][0]} thread.")
    lines += [f"Doubtful: {warning}" for warning in found["warnings"]]
    return "\n".join(lines)


def put(name, text):
    """Replaces what stands in README.md between the two lines that name a section."""
    path = ROOT / "README.md"
    begin, end = f"<!-- speed.py: {name} -->", f"<!-- speed.py: end of {name} -->"
    whole = path.read_text(encoding="utf-8")
    if whole.count(begin) != 1 or whole.count(end) != 1:
        sys.exit(f"README.md has no section {begin} … {end}")
    before, rest = whole.split(begin)
    path.write_text(f"{before}{begin}\n{text.strip()}\n{end}{rest.split(end)[1]}", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for environments, data and runs")
    parser.add_argument("--tikrar", type=Path, default=HERE.parents[1] / "target/release/tikrar")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("TIKRAR_SHARED", HERE.parents[2] / "shared")))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, help="the first so many articles only")
    parser.add_argument("--only", nargs="*", help="these peers only")
    parser.add_argument("--readme", action="store_true", help="measure scaling too, and write into README.md and docs/")
    parser.add_argument("--bench-pages", type=int, default=50000, metavar="N", help="of the synthetic archive")
    parser.add_argument("--bench-repeats", type=int, default=5, metavar="N")
    parser.add_argument("--install-timeout", type=int, default=600, metavar="S")
    parser.add_argument("--timeout", type=int, default=1800, metavar="S", help="of one run")
    args = parser.parse_args()
    work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    prepare(args.shared.resolve(), work)
    source = work / "plain/july/in.jsonl"
    if args.pages:
        part = work / f"plain/first-{args.pages}/in.jsonl"
        part.parent.mkdir(exist_ok=True)
        with open(source, encoding="utf-8") as lines, open(part, "w", encoding="utf-8") as out:
            out.writelines(itertools.islice(lines, args.pages))
        source = part

    folded = source.parent.with_name(source.parent.name + "-folded") / "in.jsonl"
    fold_all(source, folded)

    skipped, load = [], os.getloadavg()[0]
    versions = [subprocess.run([args.tikrar, "--version"], capture_output=True, text=True, check=True).stdout.strip()]
    tools = [("tikrar", label, [args.tikrar.resolve(), "dedup", source, *TIKRAR.split(), *more.split(), "--out"], "run")
             for label, more in TIKRARS]
    wanted = requirements()
    for peer, options, label in PEERS:
        if args.only is None or peer in args.only:
            python, why = install(peer, wanted[peer], work, args.install_timeout)
            if why:
                skipped.append(f"{peer}: {why}")
                continue
            versions.append(wanted[peer][0].replace("==", " "))
            tools.append((peer, label, [python, HERE / "peers.py", peer, source, json.dumps(options)], "clusters.tsv"))

    def run(tool, text, what):
        """One run on a text; its cost and clusters, or None with a line in `skipped`."""
        name, label, command, result = tool
        place = work / "speed" / re.sub(r"\W+", "-", f"{name} {label}")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        command = [text if part == source else part for part in command]
        command = [*command, place / result] if name == "tikrar" else [*command[:4], place / result, place / "scratch", command[4]]
        print(f"{what}: {name}, {label}", file=sys.stderr)
        cost, why = measured(command, place / "log.txt", args.timeout)
        if why:
            skipped.append(f"{name}, {label}: {why}")
            return None
        return cost, clusters_of(place)

    costs, cluster, beforehand = collections.defaultdict(list), {}, {}
    for turn, tool in itertools.product(range(args.rounds), tools):
        done = run(tool, source, f"round {turn + 1}")
        if done:
            costs[tool[:2]].append(done[0])
            cluster[tool[:2]] = done[1]
    for tool in tools:
        done = run(tool, folded, "folded beforehand") if tool[:2] in costs else None
        if done:
            beforehand[tool[:2]] = done[1]

    exact = close_pairs(source, 0.5, 5)
    pages = sum(1 for _ in open(source, "rb"))
    about = (f"{', '.join(dict.fromkeys(versions))}; Python {platform.python_version()}; {machine()} (load at the start {load:.1f}); "
             f"{pages:,} articles, {source.stat().st_size / 1e6:.1f} MB; {args.rounds} rounds; "
             f"{sum(p[2] >= 0.8 for p in exact):,} exact pairs at 0.8.")
    own = statistics.median(c["cpu"] for c in costs["tikrar", TIKRARS[0][0]])
    rows = []
    for tool, runs in costs.items():
        cpu = [c["cpu"] for c in runs]
        recall, precise, near = scores(cluster[tool], exact)
        again = f"{scores(beforehand[tool], exact)[0]:.3f}" if tool in beforehand else ""
        rows.append((*tool, f"{statistics.median(cpu):.2f} ({min(cpu):.2f}-{max(cpu):.2f})",
                     f"{statistics.median(cpu) / own:.1f}", f"{statistics.median(c['wall'] for c in runs):.2f}",
                     f"{max(c['mib'] for c in runs):.0f}", f"{recall:.3f}", again, f"{precise:.3f} ({near:.3f})"))
    head = ("tool", "settings", "CPU s (least-most)", "CPU, times tikrar's", "wall s", "peak MiB", "pair recall",
            "if folded beforehand", "pair precision (at 0.5)")
    text = "\n".join([about, "", table(head, rows), *(f"Skipped: {line}" for line in dict.fromkeys(skipped))])
    print(text)
    raw = [dict(tool=name, settings=label, runs=runs) for (name, label), runs in costs.items()]
    (work / "speed.json").write_text(json.dumps(dict(about=about, head=head, rows=rows, costs=raw), ensure_ascii=False, indent=1))
    if args.readme:
        found = scaling(*bench(args, work))
        put("peers", text)
        put("scaling", found)
        print(found)


if __name__ == "__main__":
    main()
