import pickle

from core.base.errors import AppError, Cancelled, MediaError


def test_an_error_keeps_its_kind_hint_and_details_across_a_process_pipe():
    error = pickle.loads(
        pickle.dumps(MediaError("a.mp4 is empty.", hint="Choose another.", details={"bytes": 0}))
    )
    assert isinstance(error, MediaError)
    assert str(error) == "a.mp4 is empty. Choose another."
    assert error.details == {"bytes": 0}


def test_cancelling_is_not_caught_as_an_error():
    assert not issubclass(Cancelled, Exception)
    assert issubclass(MediaError, AppError)
