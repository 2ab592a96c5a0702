import math

import torch

from core.research.training.scorer.loss import margin_loss, negative_log, pair_types, ranking_loss
from core.research.training.scorer.recipes import small_recipe


def _types(visual_time, audio_time, *, audio_clip=None, audio_person=None):
    visual = torch.zeros(len(visual_time), dtype=torch.long)
    audio = torch.zeros(len(audio_time), dtype=torch.long) if audio_clip is None else torch.tensor(audio_clip)
    person = audio if audio_person is None else torch.tensor(audio_person)
    return pair_types(visual, torch.tensor(visual_time), audio, torch.tensor(audio_time), visual, person)


def test_negatives_within_the_margin_give_no_gradient():
    p = torch.tensor([0.05, 0.25, 0.6], requires_grad=True)

    negative_log(p, 0.3).sum().backward()

    assert p.grad[0] == 0
    assert p.grad[1] == 0
    assert math.isclose(p.grad[2].item(), 1 / 0.7, rel_tol=1e-5)


def test_pairs_are_sorted_by_shift_and_speaker():
    types = _types([1.0], [1.0, 1.04, 1.1, 1.5, 1.0], audio_clip=[0, 0, 0, 0, 1])

    assert types.positive.tolist() == [[True, False, False, False, False]]
    assert types.overlapping.tolist() == [[False, False, True, False, False]]
    assert types.apart.tolist() == [[False, False, False, True, False]]
    assert types.cross.tolist() == [[False, False, False, False, True]]


def test_another_clip_of_the_same_person_is_a_same_speaker_negative():
    types = _types([1.0], [1.0], audio_clip=[1], audio_person=[0])

    assert types.apart.all()
    assert not types.cross.any()


def test_loss_weighs_negatives_by_the_papers_share():
    config = small_recipe("landmarks", "mel").with_changes(
        margins=(0.1, 0.3), cross_share=0.2, overlap_share=0.5
    )
    types = _types([1.0], [1.0, 1.1, 1.5, 1.0], audio_clip=[0, 0, 0, 1])
    p = torch.tensor([[0.8, 0.5, 0.6, 0.9]])

    def negative(value, margin):
        return -math.log(1 - (value - margin))

    same = 0.5 * negative(0.5, 0.1) + 0.5 * negative(0.6, 0.1)
    expected = 0.5 * -math.log(0.8) + 0.5 * (0.8 * same + 0.2 * negative(0.9, 0.3))
    assert math.isclose(margin_loss(p, types, config).item(), expected, rel_tol=1e-5)


def test_ranking_prefers_the_true_moment():
    types = _types([1.0, 2.0], [1.0, 2.0])

    right = ranking_loss(torch.tensor([[0.9, 0.1], [0.1, 0.9]]), types)
    wrong = ranking_loss(torch.tensor([[0.1, 0.9], [0.9, 0.1]]), types)

    assert right < 0.01
    assert wrong > 5
