#!/usr/bin/env python3
"""Runs tikrar and its peers on the same Arabic news and prints Markdown tables.

  python3.11 benches/peers/run.py --work DIR [--tikrar BIN] [--shared DIR] [--only PEER ...] [--fresh]
  python3.11 benches/peers/run.py --work DIR --weights FILE

Every peer gets a virtual environment of its own under DIR (their pins conflict), filled from
requirements.txt; a peer that cannot be installed in time is left out, and the output says so.
Every run is a child process that reads a JSONL file of `id` and `text` and writes clusters; CPU time
and peak memory are that child's (wait4). Runs are stored under DIR, so a second call only scores.
"""
import argparse, collections, datetime, itertools, json, math, os, platform, random, re
import shutil, signal, subprocess, sys, time
from pathlib import Path

from peers import read_texts

HERE = Path(__file__).resolve().parent

# name, options: the first row of a peer is its own usual setting, the next one a lower threshold.
PEER_RUNS = [
    ("rensa", dict(ngram=5, threshold=0.8), "RMinHashDeduplicator, 128 slots, word 5, 0.8"),
    ("rensa", dict(ngram=5, threshold=0.5), "the same, 0.5"),
    ("datasketch", dict(ngram=5, threshold=0.8), "MinHashLSH, 128 perm., word 5, 0.8"),
    ("datasketch", dict(ngram=5, threshold=0.5), "the same, 0.5"),
    ("text-dedup", dict(ngram=5, threshold=0.7), "minhash, its defaults: 250 perm., word 5, 0.7"),
    ("text-dedup", dict(ngram=5, threshold=0.5), "the same, 0.5"),
    ("datatrove", dict(buckets=14, hashes=8), "its defaults: 14 x 8, word 5 (about 0.72)"),
    ("datatrove", dict(buckets=20, hashes=5), "20 x 5, word 5 (about 0.55)"),
    ("chdb", dict(ngram=5, hashes=6), "wordShingleMinHashUTF8(5, 6)"),
    ("chdb", dict(ngram=3, hashes=6), "its defaults: (3, 6)"),
    ("daft", dict(ngram=5, bands=16, rows=8), "minhash, 16 x 8, word 5 (about 0.7)"),
]
TIKRAR_RUNS = {
    "pages": [
        ("--scope page --match jaccard --threshold 0.7", "whole page, Jaccard 0.7"),
        ("--scope page --match jaccard --threshold 0.5", "whole page, Jaccard 0.5"),
        ("--scope story --match jaccard --threshold 0.7", "story, Jaccard 0.7"),
        ("--scope story --match jaccard --threshold 0.5", "story, Jaccard 0.5"),
        ("", "default: story, reader"),
    ],
    "july": [
        ("--scope page --match jaccard --threshold 0.7", "whole page, Jaccard 0.7"),
        ("--match jaccard --threshold 0.35 --pairs", "story, Jaccard 0.35, --pairs"),
        ("--pairs", "default: story, reader, --pairs"),
        ("--pairs --title-field none", "the same without titles, as the peers read"),
    ],
}
SCORES = TIKRAR_RUNS["july"][1][0]
THRESHOLDS = (0.35, 0.45, 0.5, 0.55, 0.65, 0.75)
# Pairs of the whole July file by word-3 Jaccard (eval/README.md), and the pairs below 0.3 of which
# one article lies to 80 % or more in the other.
STRATA = {"0.2-0.3": 3291, "0.3-0.4": 2503, "0.4-0.5": 1906, "0.5-0.6": 1645, "0.6-0.8": 2605, "contained": 547}
TOP_STRATUM = 3278  # Jaccard 0.8 and more: no pair was labelled, each counts as a copy


# ---- installing and running -----------------------------------------------------------------------

def requirements():
    """The lines of requirements.txt by peer: `# peer: NAME` starts one."""
    wanted, peer = collections.defaultdict(list), None
    for line in (HERE / "requirements.txt").read_text().splitlines():
        if line.startswith("# peer: "):
            peer = line.removeprefix("# peer: ").strip()
        elif line and not line.startswith("#"):
            wanted[peer].append(line)
    return wanted


def install(peer, lines, work, timeout):
    """The environment's Python, or the reason why there is none."""
    home = work / f"venv-{peer}"
    python, stamp = home / "bin/python", home / "installed.txt"
    if stamp.exists() and stamp.read_text().splitlines() == lines:
        return python, None
    print(f"installing {peer}", file=sys.stderr)
    try:
        subprocess.run([sys.executable, "-m", "venv", home], check=True, timeout=timeout)
        subprocess.run([python, "-m", "pip", "install", "-q", *lines], check=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return None, f"not installed within {timeout} s"
    except subprocess.CalledProcessError as error:
        return None, f"pip ended with {error.returncode}"
    stamp.write_text("\n".join(lines) + "\n")
    return python, None


def measured(command, log, timeout):
    """CPU seconds (user and system, with waited-for children), wall seconds, MiB of the largest process."""
    with open(log, "wb") as sink:
        start = time.monotonic()
        child = subprocess.Popen([str(c) for c in command], stdout=sink, stderr=sink, start_new_session=True)
        while True:
            pid, status, used = os.wait4(child.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - start > timeout:
                os.killpg(child.pid, signal.SIGKILL)
                os.wait4(child.pid, 0)
                child.returncode = -9
                return None, f"stopped after {timeout} s"
            time.sleep(0.01)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        return None, f"ended with {child.returncode}, see {log}"
    return dict(cpu=used.ru_utime + used.ru_stime, wall=time.monotonic() - start, mib=used.ru_maxrss / 1024), None


def run_once(key, command, work, args, skipped):
    """One measured run, stored under `key`; its figures, or None with a line in `skipped`."""
    stored = work / "runs" / key
    if args.fresh or not (stored / "cost.json").exists():
        shutil.rmtree(stored, ignore_errors=True)
        stored.mkdir(parents=True)
        print(f"running {key}", file=sys.stderr)
        cost, why = measured(command(stored), stored / "log.txt", args.timeout)
        if why:
            skipped.append(f"{key}: {why}")
            return None
        cost["date"] = datetime.date.today().isoformat()
        (stored / "cost.json").write_text(json.dumps(cost))
    return json.loads((stored / "cost.json").read_text())


def clusters_of(stored):
    """Page to cluster number; pages alone are left out."""
    if (stored / "clusters.tsv").exists():
        rows = [line.rstrip("\n").split("\t") for line in open(stored / "clusters.tsv", encoding="utf-8")]
    else:
        rows = [[m["id"] for m in json.loads(line)["members"]]
                for line in open(stored / "run/clusters.jsonl", encoding="utf-8")]
    return {page: n for n, row in enumerate(rows) for page in row}


# ---- scores ---------------------------------------------------------------------------------------

def story_pairs(cluster, stories):
    """Pairwise precision and recall as eval/score.py has them (edit levels 0-2), and the worst cluster:
    the most stories that one cluster mixes."""
    def pairs(groups):
        return sum(n * (n - 1) // 2 for n in collections.Counter(groups).values())
    keys = [page for page, (_, level) in stories.items() if level <= 2]
    told = {page: cluster.get(page, page) for page in keys}
    both = pairs((told[p], stories[p][0]) for p in keys)
    claimed, true = pairs(told.values()), pairs(stories[p][0] for p in keys)
    mixed = collections.defaultdict(set)
    for page in keys:
        mixed[told[page]].add(stories[page][0])
    return both / claimed if claimed else 1.0, both / true, max(map(len, mixed.values()))


MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00ad]")
LETTERS = str.maketrans("أإآٱىیةکؤئھ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "ااااييهكويه01234567890123456789")
WORD = re.compile(r"[^\W_]+")


def close_pairs(source, least=0.8, n=3):
    """All pairs with word-n Jaccard >= least by an exact join with a prefix filter, apart from tikrar: first
    page, second page, similarity."""
    grams = {}
    for page, text in read_texts(source):
        words = WORD.findall(MARKS.sub("", text).translate(LETTERS).lower())
        if words:
            grams[page] = {tuple(words[i:i + n]) for i in range(max(1, len(words) - n + 1))}
    number = {g: i for i, (g, _) in enumerate(
        sorted(collections.Counter(itertools.chain.from_iterable(grams.values())).items(), key=lambda x: (x[1], x[0])))}
    grams = {page: {number[g] for g in s} for page, s in grams.items()}
    index, found = collections.defaultdict(list), []
    for a, s in sorted(grams.items(), key=lambda x: (len(x[1]), x[0])):
        prefix = sorted(s)[:len(s) - math.ceil(least * len(s)) + 1]
        for b in {b for g in prefix for b in index[g]}:
            t = grams[b]
            if len(t) >= least * len(s):
                shared = len(s & t)
                jaccard = shared / (len(s) + len(t) - shared)
                if jaccard >= least:
                    found.append((a, b, jaccard))
        for g in prefix:
            index[g].append(a)
    return found


def stratum(jaccard, containment):
    if jaccard < 0.3:
        return "contained" if containment >= 0.8 else "0.2-0.3"
    return "0.3-0.4" if jaccard < 0.4 else "0.4-0.5" if jaccard < 0.5 else "0.5-0.6" if jaccard < 0.6 else "0.6-0.8"


def labelled(path):
    rows = []
    for line in open(path, encoding="utf-8"):
        if not line.startswith("#"):
            a, b, label, second, jaccard, containment = line.rstrip("\n").split("\t")
            rows.append((a, b, label, second, stratum(float(jaccard), float(containment))))
    return rows


def write_weights(path, rows, top):
    """Labels as `tikrar evaluate` reads them. Nobody read the pairs of the top stratum: all count as copies."""
    size = collections.Counter(r[4] for r in rows)
    with open(path, "w", encoding="utf-8") as out:
        print("# a", "b", "label", "second", "weight", sep="\t", file=out)
        for a, b, label, second, s in rows:
            print(a, b, label, second, f"{STRATA[s] / size[s]:.4f}", sep="\t", file=out)
        for a, b in top:
            print(a, b, "COPY", "", f"{TOP_STRATUM / len(top):.4f}", sep="\t", file=out)


def natural_row(rows, joined, top):
    """The figures of one decision. `joined`: pair to bool; `top`: share of the top stratum it joins."""
    def weighted(sample):
        size = collections.Counter(r[4] for r in sample)
        copies, hits, merged, right, false = TOP_STRATUM, TOP_STRATUM * top, TOP_STRATUM * top, TOP_STRATUM * top, 0.0
        for a, b, label, second, s in sample:
            w, yes = STRATA[s] / size[s], joined(a, b)
            copies += w * (label == "COPY")
            hits += w * (label == "COPY" and yes)
            merged += w * yes
            right += w * (yes and "COPY" in (label, second))
            false += w * (yes and label in ("TEMPLATE", "EVENT"))
        return hits / copies, right / merged if merged else 1.0, false

    found, precision, false = weighted(rows)
    draw, groups = random.Random(7), collections.defaultdict(list)
    for r in rows:
        groups[r[4]].append(r)
    again = [weighted([r for g in groups.values() for r in draw.choices(g, k=len(g))]) for _ in range(1000)]
    spread = [(sorted(x[i] for x in again)[50], sorted(x[i] for x in again)[949]) for i in (0, 1)]
    copies = [r for r in rows if r[2] == "COPY"]
    merged = [r for r in rows if joined(r[0], r[1])]
    right = sum("COPY" in r[2:4] for r in merged)
    fakes = sum(r[2] in ("TEMPLATE", "EVENT") for r in merged)
    of = sum(r[2] in ("TEMPLATE", "EVENT") for r in rows)
    return (f"{sum(joined(r[0], r[1]) for r in copies)}/{len(copies)}", f"{right}/{len(merged)}", f"{fakes}/{of}",
            f"{found:.2f} ({spread[0][0]:.2f}-{spread[0][1]:.2f})",
            f"{precision:.3f} ({spread[1][0]:.3f}-{spread[1][1]:.3f})", f"{false:.0f}", f"{top:.3f}")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


# ---- the whole ------------------------------------------------------------------------------------

def unpack(archive, target):
    if not target.exists():
        with open(target.with_suffix(".part"), "wb") as out:
            subprocess.run(["zstd", "-dcq", archive], stdout=out, check=True)
        target.with_suffix(".part").rename(target)


def prepare(shared, work):
    """The two corpora as tikrar reads them, and as `id`, `text` for the peers."""
    unpack(shared / "eval/pages.jsonl.zst", work / "pages.jsonl")
    unpack(shared / "data/saudinewsnet-2015-07.jsonl.zst", work / "july.jsonl")
    for name, field in (("pages", "text"), ("july", "content")):
        folder = work / "plain" / name
        if not (folder / "in.jsonl").exists():
            folder.mkdir(parents=True, exist_ok=True)
            with open(work / f"{name}.jsonl", encoding="utf-8") as lines, open(folder / "part", "w", encoding="utf-8") as out:
                for line in lines:
                    page = json.loads(line)
                    out.write(json.dumps({"id": page["id"], "text": page[field]}, ensure_ascii=False) + "\n")
            (folder / "part").rename(folder / "in.jsonl")


def machine():
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1]) / 2**20
    return f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder for environments, unpacked data and runs")
    parser.add_argument("--tikrar", type=Path, default=HERE.parents[1] / "target/release/tikrar")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("TIKRAR_SHARED", HERE.parents[2] / "shared")))
    parser.add_argument("--only", nargs="*", help="these peers only")
    parser.add_argument("--fresh", action="store_true", help="run again what is stored")
    parser.add_argument("--install-timeout", type=int, default=600, metavar="S")
    parser.add_argument("--timeout", type=int, default=1800, metavar="S", help="of one run")
    parser.add_argument("--weights", type=Path, metavar="FILE",
                        help="only write the labelled pairs with their weights, for `tikrar evaluate --truth`")
    args = parser.parse_args()
    work, shared = args.work.resolve(), args.shared.resolve()
    work.mkdir(parents=True, exist_ok=True)
    prepare(shared, work)
    if args.weights:
        return write_weights(args.weights, labelled(shared / "eval/natural.tsv"), close_pairs(work / "plain/july/in.jsonl"))

    skipped, runs, load = [], {"pages": [], "july": []}, os.getloadavg()[0]
    for corpus, settings in TIKRAR_RUNS.items():
        for flags, label in settings:
            key = f"{corpus}-tikrar-" + re.sub(r"[^\w.]+", "_", flags or "default")
            cost = run_once(key, lambda to: [args.tikrar.resolve(), "dedup", work / f"{corpus}.jsonl", "--out", to / "run",
                            "--no-kept", "--no-removed", "--no-report", "-q", *flags.split()], work, args, skipped)
            runs[corpus].append(("tikrar", flags, label, key, cost))
    versions = [subprocess.run([args.tikrar, "--version"], capture_output=True, text=True, check=True).stdout.strip()]
    wanted = requirements()
    pythons = {}
    for peer in wanted:
        if args.only is None or peer in args.only:
            pythons[peer], why = install(peer, wanted[peer], work, args.install_timeout)
            if why:
                skipped.append(f"{peer}: {why}")
            else:
                versions.append(wanted[peer][0].replace("==", " "))
    for corpus, (peer, options, label) in itertools.product(runs, PEER_RUNS):
        if pythons.get(peer):
            key = f"{corpus}-{peer}-" + "-".join(f"{k}{v}" for k, v in options.items())
            cost = run_once(key, lambda to: [pythons[peer], HERE / "peers.py", peer, work / f"plain/{corpus}/in.jsonl",
                            to / "clusters.tsv", to / "scratch", json.dumps(options)], work, args, skipped)
            shutil.rmtree(work / "runs" / key / "scratch", ignore_errors=True)
            runs[corpus].append((peer, None, label, key, cost))

    report(runs, skipped, versions, work, shared, load)


def report(runs, skipped, versions, work, shared, load):
    done = [r for corpus in runs for r in runs[corpus] if r[4]]
    dates = sorted({r[4]["date"] for r in done})
    print(f"{', '.join(versions)}; Python {platform.python_version()}; {machine()} (load at the start {load:.1f}); "
          f"run {' to '.join(dict.fromkeys((dates[0], dates[-1])))}.\n")

    print("### Copies of a story among scraped pages\n")
    stories = {}
    for line in open(shared / "eval/stories.tsv", encoding="utf-8"):
        page, story, level = line.split()
        stories[page] = (story, int(level))
    rows = []
    for tool, _, label, key, cost in runs["pages"]:
        if cost:
            p, r, mixed = story_pairs(clusters_of(work / "runs" / key), stories)
            rows.append((tool, label, f"{p:.4f}", f"{r:.4f}", f"{2 * p * r / (p + r) if p + r else 0:.4f}", mixed,
                         f"{cost['cpu']:.1f}", f"{cost['mib']:.0f}"))
    print(table(("tool", "settings", "pair precision", "pair recall", "F1", "most stories in one cluster", "CPU s", "peak MiB"), rows))

    print("### Copies among real articles, as careful readers labelled them\n")
    pairs, top, rows = labelled(shared / "eval/natural.tsv"), close_pairs(work / "plain/july/in.jsonl"), []
    print(f"exact join: {len(top)} pairs of Jaccard >= 0.8", file=sys.stderr)

    def judged(tool, label, joined):
        rows.append((tool, label, *natural_row(pairs, joined, sum(joined(a, b) for a, b, _ in top) / len(top))))

    for tool, flags, label, key, cost in runs["july"]:
        if not cost:
            continue
        stored = work / "runs" / key
        if flags and "--pairs" in flags:
            score, copies = {}, set()
            for line in open(stored / "run/pairs.jsonl", encoding="utf-8"):
                pair = json.loads(line)
                if pair["a_part"] == pair["b_part"] == "story":
                    both = frozenset((pair["a"], pair["b"]))
                    score[both] = pair["jaccard"]
                    if pair["relation"] in ("copy", "exact"):
                        copies.add(both)
        cluster = clusters_of(stored)

        def together(a, b):
            return a in cluster and cluster[a] == cluster.get(b)

        if flags == SCORES:
            for t in THRESHOLDS:
                judged(tool, f"Jaccard >= {t}, pair by pair", lambda a, b: score.get(frozenset((a, b)), 0) >= t)
        elif flags and "--pairs" in flags:
            name = "reader, no titles" if "--title-field" in flags else "reader (default)"
            judged(tool, f"{name}: related as copy", lambda a, b: frozenset((a, b)) in copies or together(a, b))
            judged(tool, f"{name}: in one cluster", together)
        else:
            judged(tool, f"{label}: in one cluster", together)
    print(table(("tool", "settings", "labelled copies found", "copies among merged", "TEMPLATE, EVENT merged",
                 "copies found, weighted (90 %)", "precision, weighted (90 %)", "TEMPLATE, EVENT merged, weighted",
                 "found at Jaccard >= 0.8"), rows))

    print("### Cost on the real articles\n")
    print(table(("tool", "settings", "CPU s", "wall s", "peak MiB"),
                [(tool, label, f"{c['cpu']:.1f}", f"{c['wall']:.1f}", f"{c['mib']:.0f}") for tool, _, label, _, c in runs["july"] if c]))
    for line in skipped:
        print(f"Skipped: {line}")


if __name__ == "__main__":
    main()
