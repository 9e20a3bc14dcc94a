/** Scenes of the lab: each plays one way of dispatching on real kernels, and says whether its claims held. */
package dev.understudy.tools.lab.scenario;
