using PgmCluster.Data.PyTorch;

namespace PgmCluster.Data.Pickles;

/// <summary>A pickle asks for something that is not on the list; nothing of it was done.</summary>
internal sealed class PickleRefusedException(string message) : Exception(message);
