namespace PgmCluster.Grains.Jobs.Units.Kept;

/// <summary>How much of their units' results the jobs of one silo keep in memory together.</summary>
/// <param name="characters">Of two bytes each.</param>
internal sealed class ResultRoom(long characters)
{
    private long _left = characters;

    public bool TryTake(long size)
    {
        if (Interlocked.Add(ref _left, -size) >= 0) return true;
        GiveBack(size);
        return false;
    }

    public void GiveBack(long size) => Interlocked.Add(ref _left, size);
}
