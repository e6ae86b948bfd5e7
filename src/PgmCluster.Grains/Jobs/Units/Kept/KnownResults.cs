namespace PgmCluster.Grains.Jobs.Units.Kept;

/// <summary>
/// Results of units that a job has heard of since it was activated, as many as there is room for: thousands of units need not be brought
/// into memory again for it. Each is stored by its unit before the job hears of it.
/// </summary>
/// <param name="room">Shared with the other jobs of the silo.</param>
internal sealed class KnownResults(ResultRoom room)
{
    private readonly Dictionary<int, string> _results = [];

    /// <param name="index">Of the unit.</param>
    /// <param name="result">Its document.</param>
    public void Take(int index, string result)
    {
        if (_results.Remove(index, out var former)) room.GiveBack(former.Length);
        if (room.TryTake(result.Length)) _results[index] = result;
    }

    /// <returns>Null where it is to be asked for.</returns>
    public string? Of(int index) => _results.GetValueOrDefault(index);

    public void Clear()
    {
        room.GiveBack(_results.Values.Sum(r => (long)r.Length));
        _results.Clear();
    }
}
