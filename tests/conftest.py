from hypothesis import settings

# The first example pays for loading models and word lists; how long things take is benchmarks/' to say.
settings.register_profile("storytrail", deadline=None)
settings.load_profile("storytrail")
