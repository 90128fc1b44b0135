"""Writes the folder of a run with many clusters, as `tikrar report` reads it.

    synth.py DIR [CLUSTERS]

Titles are random words of a made-up list; the texts of the largest clusters are in kept/ and
removed/. Nothing in it comes from an archive.
"""

import json
import os
import random
import sys

SYLLABLES = "با بو تي جا حر خل دا رو زي سا شم صو ضا طي عا غر فو قا كم لو ما نو ها وا يا مر نا لي سو دي".split()


def words(rng, count):
    return ["".join(rng.choices(SYLLABLES, k=rng.choice((2, 2, 3)))) for _ in range(count)]


def main():
    folder = sys.argv[1]
    clusters = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    rng = random.Random(7)
    vocabulary = sorted(set(words(rng, 30_000)))
    outlets = [f"صحيفة {name}" for name in sorted(set(words(rng, 70)))[:60]]
    os.makedirs(f"{folder}/kept")
    os.makedirs(f"{folder}/removed")
    sizes = sorted((min(4000, 2 + int(rng.paretovariate(1.2) - 1)) for _ in range(clusters)), reverse=True)
    pages = removed = 0
    histogram = {}
    counts = {name: [0, 0] for name in outlets}
    with (
        open(f"{folder}/clusters.jsonl", "w") as out,
        open(f"{folder}/removed.jsonl", "w") as gone,
        open(f"{folder}/kept/a.jsonl", "w") as kept_file,
        open(f"{folder}/removed/a.jsonl", "w") as removed_file,
    ):
        offset = 0
        for number, size in enumerate(sizes):
            first = 18_000 + rng.randrange(1500)
            story = rng.choices(vocabulary, k=120)
            title = " ".join(story[:9])
            members = []
            for nth in range(size):
                page = f"p{pages:07d}"
                pages += 1
                outlet = rng.choice(outlets)
                counts[outlet][0] += 1
                day = day_text(first + (0 if nth == 0 else rng.randrange(9)))
                similarity = 1.0 if nth == 0 else round(rng.uniform(0.5, 1), 4)
                members.append({
                    "id": page, "outlet": outlet, "date": day, "url": f"https://{nth % 60}.example/{page}",
                    "similarity": similarity, "relation": "self" if nth == 0 else "copy",
                    "role": "keep" if nth == 0 else "copy", "removed": nth > 0,
                })
                if number < 300 and nth < 20:
                    text = list(story) if nth == 0 else [w if rng.random() > 0.05 else rng.choice(vocabulary) for w in story]
                    record = {"id": page, "title": title, "text": " ".join(text) + "."}
                    line = json.dumps(record, ensure_ascii=False) + "\n"
                    (kept_file if nth == 0 else removed_file).write(line)
                if nth > 0:
                    removed += 1
                    counts[outlet][1] += 1
                    gone.write(json.dumps({
                        "id": page, "path": "a.jsonl", "offset": offset, "length": 900, "sha256": "0" * 64,
                        "reason": "copy", "cluster": f"{number:016x}", "keep": members[0]["id"],
                        "similarity": similarity, "lost_words": rng.randrange(30),
                        "lost_rarest": rng.choices(vocabulary, k=3),
                    }, ensure_ascii=False) + "\n")
                    offset += 900
            key = f"{size:06d}"
            histogram[key] = histogram.get(key, 0) + 1
            days = [member["date"] for member in members]
            out.write(json.dumps({
                "cluster": f"{number * 2654435761 % 2**64:016x}", "family": f"{number // 2 if number % 50 == 1 else number:016x}",
                "size": size, "outlets": sorted({member["outlet"] for member in members}),
                "first_day": min(days), "last_day": max(days), "title": title, "keep": members[0]["id"],
                "keep_reason": "earliest date", "members": members,
            }, ensure_ascii=False) + "\n")
    with open(f"{folder}/outlets.jsonl", "w") as out:
        for name in sorted(outlets):
            pages_of, removed_of = counts[name]
            out.write(json.dumps({
                "outlet": name, "pages": pages_of, "unique": 0, "first": 0, "copied_in": 0, "copied_out": 0,
                "removed": removed_of,
            }, ensure_ascii=False) + "\n")
    with open(f"{folder}/inputs.jsonl", "w") as out:
        out.write(json.dumps({
            "name": "a.jsonl", "file": "a.jsonl", "folder": None, "format": "jsonl", "compression": "none",
            "bytes": 0, "sha256": "0" * 64, "unpacked_sha256": None, "broken": False,
        }) + "\n")
    for name in ("edges.jsonl", "rejected.jsonl", "_SUCCESS"):
        open(f"{folder}/{name}", "w").close()
    write_stats(folder, clusters, pages, removed, histogram)


def day_text(number):
    import datetime

    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=number)).isoformat()


def write_stats(folder, clusters, pages, removed, histogram):
    """The figures, in the form of a real run's file, which is given by its path in TIKRAR_STATS."""
    with open(os.environ["TIKRAR_STATS"]) as real:
        stats = json.load(real)
    ledger = stats["ledger"]
    ledger.update(read=pages, kept=pages - removed, removed=removed, rejected=0)
    ledger["bytes"].update(read=900 * pages, kept=900 * (pages - removed), removed=900 * removed, rejected=0, blank=0)
    ledger["words"].update(read=120 * pages, kept=120 * (pages - removed), removed=120 * removed)
    stats.update(clusters=clusters, families=clusters, lone_versions=0, blocks=0, warnings=[], problems=[])
    stats["histograms"]["cluster_size"] = histogram
    with open(f"{folder}/stats.json", "w") as out:
        json.dump(stats, out)


main()
