#!/usr/bin/env python3
"""Each peer as its documentation shows it: from a JSONL file of `id` and `text` to clusters.

  PYTHON benches/peers/peers.py PEER SOURCE OUT SCRATCH OPTIONS

PYTHON is that of the peer's own environment, made by run.py; nothing but it and the standard library
is at hand here. OPTIONS are the JSON of the peer's arguments.
"""
import collections, json, os, subprocess, sys
from pathlib import Path


def read_texts(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            page = json.loads(line)
            yield page["id"], page["text"]


def shingles(text, n):
    """Word n-grams by white space, as the examples of rensa and datasketch split; a short text is one."""
    words = text.split()
    return [" ".join(words[i:i + n]) for i in range(max(1, len(words) - n + 1))] if words else []


class Sets:
    """Union-find over ids, for the peers that answer with pairs."""

    def __init__(self):
        self.parent = {}

    def find(self, x):
        root = x
        while self.parent.setdefault(root, root) != root:
            root = self.parent[root]
        while self.parent[x] != root:
            self.parent[x], x = root, self.parent[x]
        return root

    def join(self, a, b):
        self.parent[self.find(a)] = self.find(b)

    def items(self):
        return [(x, self.find(x)) for x in self.parent]


def peer_rensa(source, scratch, ngram, threshold):
    from rensa import RMinHash, RMinHashDeduplicator
    dedup = RMinHashDeduplicator(threshold=threshold, num_perm=128, use_lsh=True)
    ids, sketches = [], []
    for page, text in read_texts(source):
        tokens = shingles(text, ngram)
        if tokens:
            sketch = RMinHash.from_token_sets([tokens], num_perm=128, seed=42)[0]
            dedup.add(page, sketch)
            ids.append(page)
            sketches.append(sketch)
    sets = Sets()
    for page, found in zip(ids, dedup.get_duplicate_sets(sketches)):
        for other in found:
            sets.join(page, other)
    return sets.items()


def peer_datasketch(source, scratch, ngram, threshold):
    from datasketch import MinHash, MinHashLSH
    lsh, kept, sets = MinHashLSH(threshold=threshold, num_perm=128), {}, Sets()
    for page, text in read_texts(source):
        tokens = shingles(text, ngram)
        if not tokens:
            continue
        sketch = MinHash(num_perm=128)
        sketch.update_batch([t.encode() for t in tokens])
        for other in lsh.query(sketch):
            if sketch.jaccard(kept[other]) >= threshold:
                sets.join(page, other)
        lsh.insert(page, sketch)
        kept[page] = sketch
    return sets.items()


def peer_text_dedup(source, scratch, ngram, threshold):
    """Its command line; `--debug` makes it write its union-find."""
    import pickle
    subprocess.run(
        [sys.executable, "-m", "text_dedup.minhash", "--path", "json", "--data_files", source, "--split", "train",
         "--cache_dir", f"{scratch}/cache", "--output", f"{scratch}/out", "--column", "text", "--idx_column", "id",
         "--ngram", str(ngram), "--threshold", str(threshold), "--num_proc", "2", "--debug"],
        check=True, env={**os.environ, "HF_DATASETS_OFFLINE": "1", "HF_HOME": f"{scratch}/hf"})
    with open(f"{scratch}/out/uf.pkl", "rb") as dump:
        sets = pickle.load(dump)
    return [(x, sets.find(x)) for x in list(sets.parent)]


def peer_datatrove(source, scratch, buckets, hashes):
    """The four steps of its minhash example, with its Arabic tokenizer; clusters instead of the filter."""
    import struct
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import JsonlReader
    config = MinhashConfig(n_grams=5, num_buckets=buckets, hashes_per_bucket=hashes)

    def reader():
        return JsonlReader(str(Path(source).parent), glob_pattern=Path(source).name)

    steps = [
        ([reader(), MinhashDedupSignature(f"{scratch}/sig", config=config, language="arb_Arab")], 1),
        ([MinhashDedupBuckets(f"{scratch}/sig", f"{scratch}/dups", config=config)], buckets),
        ([MinhashDedupCluster(f"{scratch}/dups", f"{scratch}/clusters", config=config, save_cluster_id=True)], 1),
    ]
    for i, (pipeline, tasks) in enumerate(steps):
        LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=f"{scratch}/log{i}").run()
    found = Path(f"{scratch}/clusters/000000.clusters")
    numbers = dict(struct.iter_unpack("<II", found.read_bytes())) if found.exists() else {}
    return [(doc.id, numbers[i]) for i, doc in enumerate(reader().run()) if i in numbers]


def peer_chdb(source, scratch, ngram, hashes):
    """ClickHouse's manual: two texts are alike if one of the two hashes is the same."""
    import chdb
    answer = chdb.query(
        f"SELECT id, wordShingleMinHashUTF8(text, {ngram}, {hashes}) AS h, h.1, h.2 "
        f"FROM file('{source}', 'JSONEachRow', 'id String, text String')", "TabSeparated").bytes().decode()
    sets, first = Sets(), {}
    for line in answer.splitlines():
        page, *_, low, high = line.split("\t")
        for side in (("low", low), ("high", high)):
            if side[1] != "0":  # 0: the text has too few words
                sets.join(page, first.setdefault(side, page))
    return sets.items()


def peer_daft(source, scratch, ngram, bands, rows):
    """Its guide to MinHash deduplication: bands are grouped, and what shares one is joined."""
    import daft
    from daft import col
    from daft.functions import minhash
    pages = daft.read_json(source).select("id", "text")
    pages = pages.with_column("hashes", minhash(col("text"), num_hashes=bands * rows, ngram_size=ngram, seed=42))
    sets, first = Sets(), {}
    found = pages.to_pydict()
    for page, text, hashes in zip(found["id"], found["text"], found["hashes"]):
        if hashes and text.split():  # all blank texts have the same hashes
            for band in range(bands):
                sets.join(page, first.setdefault((band, tuple(hashes[band * rows:(band + 1) * rows])), page))
    return sets.items()


def main(name, source, out, scratch, options):
    """One peer on one file: the clusters of two or more pages, a line each, ids between tabs."""
    run = {"rensa": peer_rensa, "datasketch": peer_datasketch, "text-dedup": peer_text_dedup,
           "datatrove": peer_datatrove, "chdb": peer_chdb, "daft": peer_daft}[name]
    groups = collections.defaultdict(list)
    for page, cluster in run(source, scratch, **options):
        groups[cluster].append(page)
    with open(out, "w", encoding="utf-8") as file:
        for members in groups.values():
            if len(members) > 1:
                file.write("\t".join(members) + "\n")


if __name__ == "__main__":
    name, source, out, scratch, options = sys.argv[1:]
    os.makedirs(scratch, exist_ok=True)
    main(name, source, out, scratch, json.loads(options))
