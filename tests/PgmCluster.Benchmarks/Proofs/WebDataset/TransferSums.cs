namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>What transfers came to.</summary>
/// <param name="Sent">Bytes of content that the server sent.</param>
/// <param name="Files">Bytes of the files.</param>
/// <param name="OnTheWay">Sent, and not yet on the disk when a silo or the connection ended: the open ranges.</param>
/// <param name="Spoiled">Sent and thrown away, since the server then took another version for the file's, or refused the range.</param>
/// <param name="Elsewhere">Transfers that began at another byte than the one that came next on the disk.</param>
/// <param name="ElsewhereText">The same for people.</param>
/// <param name="Again">Transfers of files that were whole.</param>
internal sealed record TransferSums(
    long Sent, long Files, long OnTheWay, long Spoiled, int Elsewhere, string ElsewhereText, int Again)
{
    public static TransferSums Of(IReadOnlyList<Transfer> transfers, (string Path, byte[] Content)[] files)
    {
        var (onTheWay, spoiled) = (0L, 0L);
        foreach (var of in transfers.GroupBy(t => t.File))
        {
            Transfer? before = null;
            foreach (var transfer in of)
            {
                if (before is not null)
                {
                    var end = before.From + before.Sent;
                    // Begun anew though bytes had come: they were another version's, or the server would not go on behind them.
                    if (transfer.From == 0 && (before.From > 0 || before.Mishap is not null)) spoiled += end;
                    else onTheWay += end - transfer.From;
                }
                before = transfer;
            }
        }
        var elsewhere = transfers.Where(t => t.OnDisk >= 0 && t.From != t.OnDisk).ToList();
        return new TransferSums(
            transfers.Sum(t => t.Sent), files.Sum(f => (long)f.Content.Length), onTheWay, spoiled, elsewhere.Count,
            elsewhere.Count == 0 ? $"{transfers.Count} transfers" : string.Join(", ", elsewhere.Take(4)),
            transfers.Count(t => t.OnDisk < 0));
    }
}
