from itertools import count, islice

from attribution.corpus.documents import Document
from attribution.corpus.documents.batches import make_batches


def of_lengths(lengths):
    return [Document(number, str(number), "x" * length) for number, length in enumerate(lengths)]


def test_every_document_is_in_one_batch():
    documents = of_lengths([(number * 37) % 400 for number in range(3000)])
    found = [document.number for batch in make_batches(documents) for document in batch]
    assert sorted(found) == list(range(3000))


def test_a_batch_holds_texts_of_similar_length():
    batches = list(make_batches(of_lengths([(number * 37) % 400 for number in range(1000)]), most=16))
    assert max(len(batch[0].text) - len(batch[-1].text) for batch in batches) <= 8


def test_padded_to_its_longest_text_no_batch_is_too_large():
    batches = list(make_batches(of_lengths([10, 500, 10, 990, 5000, 20]), most_characters=1000))
    assert all(len(batch) == 1 or len(batch) * len(batch[0].text) <= 1000 for batch in batches)


def test_the_longest_come_first():
    (first, *_, last) = make_batches(of_lengths([(number * 37) % 400 for number in range(1000)]))
    assert len(first[0].text) == 399
    assert len(last[-1].text) == 0


def test_an_endless_stream_is_read_some_at_a_time():
    read = []
    documents = (read.append(number) or Document(number, str(number), "x" * 1000) for number in count())
    list(islice(make_batches(documents), 3))
    assert len(read) < 2000
