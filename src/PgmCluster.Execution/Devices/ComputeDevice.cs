namespace PgmCluster.Execution.Devices;

/// <summary>A device of this machine.</summary>
/// <param name="Name">"cpu:0", "cuda:0", ...</param>
/// <param name="Threads">Threads a CPU device computes with unless the work says otherwise; 1 for a GPU.</param>
/// <param name="Model">Instruction set or GPU model, part of the numerics fingerprint.</param>
public sealed record ComputeDevice(string Name, int Threads, string Model);
