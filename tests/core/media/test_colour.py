"""With which matrix a film is shown, and which one is assumed where it does not say."""

import pytest

from core.media.colour import ColourTags, resolve_matrix


@pytest.mark.parametrize("matrix", [1, 4, 5, 6, 7, 9, 10])
def test_a_matrix_that_a_film_names_is_taken(matrix):
    assert resolve_matrix(ColourTags(matrix=matrix), 64, 48) == matrix


@pytest.mark.parametrize(
    ("tags", "size", "wanted"),
    [
        (ColourTags(), (1280, 534), 1),  # wide, with few lines
        (ColourTags(), (1278, 576), 6),
        (ColourTags(), (720, 578), 1),
        (ColourTags(matrix=3), (720, 576), 6),  # reserved
        (ColourTags(primaries=9), (64, 48), 9),
    ],
)
def test_where_it_names_none_size_and_primaries_tell(tags, size, wanted):
    assert resolve_matrix(tags, *size) == wanted
