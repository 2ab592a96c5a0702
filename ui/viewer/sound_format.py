"""In what form the viewer mixes and plays sound."""

RATE, CHANNELS = 48000, 2
LAYOUT = "stereo"
