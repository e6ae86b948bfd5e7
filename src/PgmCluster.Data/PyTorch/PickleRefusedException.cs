namespace PgmCluster.Data.PyTorch;

/// <summary>A pickle asks for something that is not on the list; nothing of it was done.</summary>
internal sealed class PickleRefusedException(string message) : Exception(message);
