"""The basic role mining problem: fewest roles that give precisely the present access, and a proof of it.

``mine`` is the way in. It splits a matrix (``classes``), takes off what is forced (``reduce``) and hands each component
(``core``) to ``solve``, which keeps what is known of it (``state``) and runs strategies until cover and bound meet.
Covers: ``lines``, ``forced``, ``greedy``, ``walks``, ``recombine``. Bounds: ``clique`` (fooling sets), ``columns`` with
``master`` and ``pricing`` (linear programs). At the end ``ties`` chooses among covers of equal size.
"""
