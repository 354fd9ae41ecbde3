-- Loads a monitor. ARGV: id, stamp and swept of what the caller knows (empty: nothing), what is wanted (monitors.lua).
-- Reply: see `loaded`.
return loaded(take(), take(), take(), take_wanted())
