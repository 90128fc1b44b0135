#!/usr/bin/env python3
"""CPU time, memory and correctness of tikrar and its peers at one setting, taking turns.

  python3.11 benches/peers/speed.py --work DIR [--rounds N] [--pages N] [--only PEER ...] [--tikrar BIN]

Word 5-shingles, Jaccard 0.8, on the articles of July 2015 (or the first N of them). In every round
each tool runs once, one after the other, so that what else the machine does falls on all alike; the
figures are medians over the rounds. Found pairs are set against an exact join of folded words (both
ends in one cluster counts as found, chains too). Environments are those of run.py.
"""
import argparse, collections, itertools, json, os, platform, re, shutil, statistics, subprocess, sys
from pathlib import Path

from run import HERE, clusters_of, close_pairs, install, machine, measured, prepare, requirements, table

# peer, options, settings in words: as near to word 5-shingles at 0.8 as the peer can be set.
PEERS = [
    ("chdb", dict(ngram=5, hashes=6), "wordShingleMinHashUTF8(5, 6)"),
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for environments, data and runs")
    parser.add_argument("--tikrar", type=Path, default=HERE.parents[1] / "target/release/tikrar")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("TIKRAR_SHARED", HERE.parents[2] / "shared")))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pages", type=int, help="the first so many articles only")
    parser.add_argument("--only", nargs="*", help="these peers only")
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
            tools.append((peer, label, [python, HERE / "run.py", "--peer", peer, source, json.dumps(options)], "clusters.tsv"))

    costs, cluster = collections.defaultdict(list), {}
    for turn, tool in itertools.product(range(args.rounds), tools):
        name, label, command, result = tool
        place = work / "speed" / re.sub(r"\W+", "-", f"{name} {label}")
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        command = [*command, place / result] if name == "tikrar" else [*command[:5], place / result, place / "scratch", command[5]]
        print(f"round {turn + 1}: {name}, {label}", file=sys.stderr)
        cost, why = measured(command, place / "log.txt", args.timeout)
        if why:
            skipped.append(f"{name}, {label}: {why}")
            continue
        costs[name, label].append(cost)
        cluster[name, label] = clusters_of(place)

    exact = close_pairs(source, 0.5, 5)
    pages = sum(1 for _ in open(source, "rb"))
    print(f"{', '.join(versions)}; Python {platform.python_version()}; {machine()} (load at the start {load:.1f}); "
          f"{pages} articles, {source.stat().st_size / 1e6:.1f} MB; {args.rounds} rounds; "
          f"{sum(p[2] >= 0.8 for p in exact)} exact pairs at 0.8.\n")
    own = statistics.median(c["cpu"] for c in costs["tikrar", TIKRARS[0][0]])
    rows = []
    for (name, label), runs in costs.items():
        cpu = [c["cpu"] for c in runs]
        recall, precise, near = scores(cluster[name, label], exact)
        rows.append((name, label, f"{statistics.median(cpu):.2f} ({min(cpu):.2f}-{max(cpu):.2f})",
                     f"{statistics.median(cpu) / own:.1f}", f"{statistics.median(c['wall'] for c in runs):.2f}",
                     f"{max(c['mib'] for c in runs):.0f}", f"{recall:.3f}", f"{precise:.3f} ({near:.3f})"))
    print(table(("tool", "settings", "CPU s (least-most)", "CPU, times tikrar's", "wall s", "peak MiB", "pair recall",
                 "pair precision (at 0.5)"), rows))
    for line in dict.fromkeys(skipped):
        print(f"Skipped: {line}")


if __name__ == "__main__":
    main()
