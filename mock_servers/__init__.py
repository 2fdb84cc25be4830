"""Mock servers of the voice providers, true to the wire, with every trouble a provider can make."""
