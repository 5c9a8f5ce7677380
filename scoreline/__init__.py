"""The shared library of the services: contracts, pure domain, wire names, runtime toolbox."""
