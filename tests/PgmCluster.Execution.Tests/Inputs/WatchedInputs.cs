using PgmCluster.Execution.Inputs;
using PgmCluster.Modeling.Randomness;

namespace PgmCluster.Execution.Tests.Inputs;

/// <summary>Inputs without content.</summary>
/// <param name="filling">Told the examples when they are filled.</param>
internal sealed class WatchedInputs(Action<int[]>? filling = null) : BatchInputs
{
    private volatile bool _isFilling;

    public override long Bytes => 1;

    /// <summary>Disposed while they were filled.</summary>
    public bool WasTornAway { get; private set; }

    public bool IsDisposed { get; private set; }

    protected override void FillWith(ReadOnlySpan<int> indices, RandomStream draws, bool training, double progress)
    {
        _isFilling = true;
        try
        {
            filling?.Invoke(indices.ToArray());
        }
        finally
        {
            _isFilling = false;
        }
    }

    public override void Dispose()
    {
        WasTornAway |= _isFilling;
        IsDisposed = true;
    }
}
