namespace PgmCluster.Data.PyTorch;

/// <summary>What opening a PyTorch file brings.</summary>
/// <param name="Root">The saved values.</param>
/// <param name="Storages">Where its tensors' elements lie.</param>
/// <param name="IsBigEndian">Whether elements have their highest byte first.</param>
/// <param name="Unusual">What other programs did to the file; null where nothing is.</param>
internal sealed record PyTorchContent(object? Root, IReadOnlyCollection<PyTorchStorage> Storages, bool IsBigEndian, string? Unusual);
