namespace PgmCluster.Data.Checkpoints;

/// <summary>
/// Something of a checkpoint that is not read here: a Python object, or a tensor of a type that has no meaning here. Nothing of it was run.
/// </summary>
/// <param name="At">The keys that lead to it, joined by dots; empty where it is the content itself.</param>
/// <param name="Type">Its class or element type, as the file names it.</param>
public sealed record UnreadValue(string At, string Type);
