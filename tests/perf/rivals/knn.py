"""k-NN of the reference (eval_knn.knn_classifier, once for each k) and of faiss's flat index."""
import time

import rival

CASES = {"knn": {"what": "weighted k-NN, unit features given: 50,000 bank x 10,000 queries x 384, k = 10, 20, 100, 200 (faiss: the 200 neighbours, no vote)",
                 "rivals": {"reference": 10, "faiss": 1.3}, "threads": 1}}


def features():
    import torch
    torch.manual_seed(0)
    centres = torch.randn(1000, 384)

    def classes(rows):
        labels = torch.arange(rows) % 1000
        return torch.nn.functional.normalize(torch.randn(rows, 384) + 0.5 * centres[labels], dim=1), labels
    return *classes(50000), *classes(10000)


def run(case, name):
    if name == "faiss":
        try:
            import faiss
        except ImportError:
            rival.skip("faiss-cpu is not here (tools/setup.sh --dev)")
        bank, _, queries, _ = features()
        faiss.omp_set_num_threads(1)
        index = faiss.IndexFlatIP(384)
        index.add(bank.numpy())
        return rival.best_of(lambda: index.search(queries.numpy(), 200))
    import eval_knn
    bank, bank_labels, queries, labels = features()
    eval_knn.knn_classifier(bank, bank_labels, queries[:1000], labels[:1000], 10, 0.07)
    begun = time.perf_counter()  # a minute: once
    for k in (10, 20, 100, 200):
        eval_knn.knn_classifier(bank, bank_labels, queries, labels, k, 0.07)
    return time.perf_counter() - begun


if __name__ == "__main__":
    rival.main(run)
