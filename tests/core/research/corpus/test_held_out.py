"""One list of held-out people for every network."""

from core.research.corpus.held_out import (
    clip_group,
    is_held_out,
    may_calibrate,
    may_train,
    person_of,
    split_clips,
)

HELD = ("grid__s4hq_bbaf2a__0", "grid__s33_1600ms_ex1__0", "single__german_speaker__0",
        "lrw_ar__Dataset_Video_00221__0", "lrw_ar__a01802__0")  # fmt: skip
TRAINED_ON = ("grid__s1x_a__0", "single__map_man__0", "single__generated_girl_pose__0")
NOT_LICENSED = ("lrw_ar__Dataset_Video_00222__0", "lrw_ar__a01803__0",
                "single__hieubkvn123_face_recognition_videos_biden__0")  # fmt: skip


def test_no_clip_is_trained_on_and_validated_on():
    split = split_clips(HELD + TRAINED_ON + NOT_LICENSED)

    assert split.validation == tuple(sorted(HELD))
    assert split.training == tuple(sorted(TRAINED_ON))


def test_only_licensed_people_of_no_training_say_how_sure_a_network_is():
    assert [name for name in (*HELD, *TRAINED_ON, *NOT_LICENSED) if may_calibrate(name)] == list(HELD[:3])
    assert not may_calibrate(
        "single__SkyworkAI_SkyReels-A1_assets_driving_video_2__0"
    )  # held out, no licence


def test_a_persons_other_recordings_are_held_out_too():
    assert person_of("grid__s4hq_bbaf2a__0") == person_of("grid__s4_lwbsza__0") == "s4"
    assert is_held_out("grid__s4_lwbsza__0")
    assert person_of("grid__s1x_a__0") == person_of("grid__s1_b__0")
    assert person_of("single__news_reader_3__0") == person_of("single__news_reader_10__0")


def test_groups_tell_generated_people_from_filmed_ones():
    assert clip_group("single__generated_girl_pose__0") == "generated"
    assert clip_group("single__map_man__0") == "single"
    assert clip_group("lrw_ar__a01802__0") == "lrw_ar"
    assert clip_group("single__studio_mona__0") == "generated"  # a painting that speaks
    assert clip_group("people__deep_avsr_00001__0") == "people"


def test_nobody_who_is_measured_teaches_from_another_film():
    assert person_of("single__choijeongsoo_av2av_videos_12__0") == person_of(
        "single__SadTalker_test_examples_source_image_WDA_BobMenendez_000__0"
    )
    assert not may_train("single__choijeongsoo_av2av_videos_12__0")
    assert not is_held_out("single__choijeongsoo_av2av_videos_12__0")  # the tables keep their clips


def test_people_collected_later_are_told_off_whole():
    assert is_held_out("people__pc_avs_Audio_Source_00104__0")
    assert person_of("people__pc_avs_Pose_Source_741400163__0") == person_of(
        "people__pc_avs_Audio_Source_00104__0"
    )
    assert is_held_out("people__pc_avs_Pose_Source_741400163__0")
    assert may_train("people__av2av_1__0")


def test_a_broadcasters_films_only_measure():
    assert is_held_out("people__deep_avsr_00001__0")
    assert not may_train("people__deep_avsr_00001__0")
    assert not may_calibrate("people__deep_avsr_00001__0")
