"""Scores of the reference's retrieval and copy detection scripts, from unit features on: product, sort, average precision."""
import time

import rival

CASES = {"retrieval_scoring": {"what": "places and scores of 70 queries with 60 listed images each among 1,005,000 x 384 unit features (reference: medium and hard; ours also easy, and intervals)",
                               "rivals": {"reference": 5}, "threads": 1},
         "copy_scoring": {"what": "229 strong copies of 157 originals among 1,000,157 x 384 unit features (reference: the first 20 places; ours all, uAP and intervals too)",
                          "rivals": {"reference": 5}, "threads": 1}}


def timed(step):
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


def retrieval(torch):
    import numpy as np
    import utils
    if not hasattr(np, "in1d"):
        np.in1d = np.isin  # numpy 2.4 dropped the old name
    bank = torch.randn(1005000, 384)
    asked = torch.randn(70, 384)
    truth = []
    for q in range(70):
        for i in range(60):
            bank[60 * q + i] += (0.5 if i < 20 else 0.25) * asked[q]
        easy, hard, junk = (np.arange(60 * q + 20 * part, 60 * q + 20 * part + 20) for part in range(3))
        truth.append({"easy": easy, "hard": hard, "junk": junk})
    bank, queries = torch.nn.functional.normalize(bank, dim=1), torch.nn.functional.normalize(asked, dim=1)

    def step():
        similarity = torch.mm(bank, queries.T)
        ranks = torch.argsort(-similarity, dim=0).cpu().numpy()
        for positives, junk in ((("easy", "hard"), ("junk",)), (("hard",), ("junk", "easy"))):
            listed = [{"ok": np.concatenate([own[role] for role in positives]), "junk": np.concatenate([own[role] for role in junk])} for own in truth]
            utils.compute_map(ranks, listed, [1, 5, 10])
    return timed(step)


def copies(torch):
    import eval_copy_detection
    originals = torch.randn(157, 384)
    distractors = torch.nn.functional.normalize(torch.randn(1000000, 384), dim=1)
    queries = torch.nn.functional.normalize(originals[torch.arange(229) % 157] + torch.randn(229, 384), dim=1)
    database = torch.cat([torch.nn.functional.normalize(originals, dim=1), distractors])
    del distractors
    names = {"original": [f"{i:04d}00.jpg" for i in range(157)], "strong": [f"{i % 157:04d}{1 + i // 157:02d}.jpg" for i in range(229)]}
    block = object.__new__(eval_copy_detection.CopydaysDataset)  # its constructor wants the images
    block.nblocks, block.q_block_sizes, block.block_names = 1, [229], ["strong"]
    block.get_block_filenames = names.__getitem__

    def step():
        distances, indices = torch.mm(queries, database.T).topk(20, largest=True, sorted=True)
        block.eval_result(indices, distances)
    return min(timed(step) for _ in range(3))


def run(case, name):
    import torch
    torch.manual_seed(0)
    torch.set_grad_enabled(False)
    return {"retrieval_scoring": retrieval, "copy_scoring": copies}[case](torch)


if __name__ == "__main__":
    rival.main(run)
