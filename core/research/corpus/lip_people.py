"""Whose films the lips were tuned on, and whose only report: what was looked at while building measures nothing."""

TUNED_ON = (
    "address_crop",
    "blue_wall_woman",
    "curtain_woman",
    "earrings_woman",
    "flags_woman",
    "french_speaker",
    "german_speaker",
    "kennedy",
    "map_man",
    "podium_man",
    "speaker_flags",
    "speaker_office",
    "studio_mona",
)
"""Training singles that were dubbed and looked at, frame by frame, while the own-mouth engine was built."""

OPENED_ONCE = (
    "SadTalker_test_examples_source_image_WDA_BobMenendez_000",
    "yerfor_MimicTalk_data_raw_examples_May_5s",
    "saeed5959_high_sync_s17_main",
    "angz-nju-cuhk_Talking-Face_PC-AVS_misc_Pose_Source_00473",
    "-nju-cuhk_Talking-Face_PC-AVS_misc_Pose_Source_731200067",
)
"""Held-out singles that were never looked at while building: they report."""
