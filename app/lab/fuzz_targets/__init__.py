"""What is fuzzed: each module damages one kind of file and hands it to the program by the door that a user has."""
