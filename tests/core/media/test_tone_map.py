"""HDR shown in SDR, and back."""

import numpy as np
import pytest

from core.media.colour import TRANSFER_HLG, TRANSFER_PQ
from core.media.tone_map import hdr_to_sdr, picture_to_sdr, quick_picture_to_sdr, sdr_to_hdr


@pytest.mark.parametrize("transfer", [TRANSFER_PQ, TRANSFER_HLG])
def test_the_way_back_undoes_the_way_there(transfer: int) -> None:
    # Brighter saturated colours lie outside what HLG can code at its nominal peak.
    sdr = np.random.default_rng(0).uniform(0.02, 0.85, (500, 3)).astype(np.float32)
    again = hdr_to_sdr(sdr_to_hdr(sdr, transfer), transfer)
    assert np.abs(again - sdr).max() < 2 / 255


@pytest.mark.parametrize(
    # BT.2408: reference white is 58 % PQ and 75 % HLG; 18 % grey 38 % in both, within a per cent.
    ("transfer", "white", "grey"),
    [(TRANSFER_PQ, 0.58, 0.38), (TRANSFER_HLG, 0.75, 0.38)],
)
def test_levels_are_those_of_the_broadcast_recommendation(transfer: int, white: float, grey: float) -> None:
    from core.media.tone_map import _hlg_to_light, _pq_to_light

    to_light = _hlg_to_light if transfer == TRANSFER_HLG else _pq_to_light
    light = to_light(np.array([[white] * 3, [grey] * 3], np.float32))
    assert light[0, 0] == pytest.approx(1.0, rel=0.05)
    assert light[1, 0] == pytest.approx(0.13, rel=0.15)  # 26 cd/m2 of 203


@pytest.mark.parametrize("transfer", [TRANSFER_PQ, TRANSFER_HLG])
def test_brighter_stays_brighter(transfer: int) -> None:
    ramp = np.repeat(np.linspace(0, 0.75, 200, dtype=np.float32)[:, None], 3, axis=1)
    assert (np.diff(hdr_to_sdr(ramp, transfer)[:, 0]) >= 0).all()


@pytest.mark.parametrize("transfer", [TRANSFER_PQ, TRANSFER_HLG])
def test_the_tables_agree_with_the_formula(transfer: int) -> None:
    picture = np.random.default_rng(0).integers(0, 65536, (40, 50, 3), np.uint16)
    exact = hdr_to_sdr(picture.astype(np.float32) / 65535, transfer) * 255
    assert np.abs(picture_to_sdr(picture, transfer) - exact).max() <= 1


@pytest.mark.parametrize("transfer", [TRANSFER_PQ, TRANSFER_HLG])
def test_the_quick_table_is_close_for_shown_colours(transfer: int) -> None:
    sdr = np.random.default_rng(0).uniform(0.1, 0.8, (40, 50, 3)).astype(np.float32)
    coded = sdr_to_hdr(sdr, transfer)
    exact = picture_to_sdr(np.rint(coded * 65535).astype(np.uint16), transfer).astype(int)
    quick = quick_picture_to_sdr(np.rint(coded * 255).astype(np.uint8), transfer)
    assert np.abs(quick - exact).mean() < 5
