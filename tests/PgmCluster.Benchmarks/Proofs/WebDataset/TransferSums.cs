namespace PgmCluster.Benchmarks.Proofs.WebDataset;

/// <summary>What transfers came to.</summary>
/// <param name="Sent">Bytes of content that the server sent.</param>
/// <param name="OnTheWay">Sent, and not yet on the disk when a silo or the connection ended: the open ranges.</param>
/// <param name="Spoiled">
/// Sent and thrown away, since the server then took another version for the file's, or would not go on behind them.
/// </param>
/// <param name="Twice">Bytes asked for again that were seen on the disk, without such a reason.</param>
/// <param name="Elsewhere">Transfers that began at another byte than the one that came next on the disk.</param>
/// <param name="Again">Transfers of files that were whole.</param>
internal sealed record TransferSums(long Sent, long OnTheWay, long Spoiled, long Twice, int Elsewhere, int Again)
{
    public static TransferSums Of(IReadOnlyList<Transfer> transfers)
    {
        var (onTheWay, spoiled, twice) = (0L, 0L, 0L);
        foreach (var of in transfers.GroupBy(t => t.File))
        {
            Transfer? before = null;
            var isOther = false;
            foreach (var transfer in of)
            {
                if (before is not null)
                {
                    isOther |= before.Mishap == FaultyHub.OtherVersion;
                    var isExcused = isOther || before.Mishap == FaultyHub.NoRange;
                    if (!isExcused) twice += Math.Max(0, before.Seen - transfer.From);
                    if (isExcused && transfer.From == 0) spoiled += before.From + before.Sent;
                    else onTheWay += before.From + before.Sent - transfer.From;
                    if (transfer.From == 0) isOther = false;
                }
                before = transfer;
            }
        }
        return new TransferSums(
            transfers.Sum(t => t.Sent), onTheWay, spoiled, twice, transfers.Count(t => t.OnDisk >= 0 && t.From != t.OnDisk),
            transfers.Count(t => t.OnDisk < 0));
    }
}
