namespace PgmCluster.Execution.Work;

/// <summary>A model that a piece of work uses until it gives it back.</summary>
/// <param name="value">The model.</param>
/// <param name="giveBack">Told once that it is not needed any more.</param>
internal sealed class BorrowedModel<T>(T value, Action giveBack) : IDisposable
{
    private bool _isReturned;

    public T Value => value;

    public void Dispose()
    {
        if (_isReturned) return;
        _isReturned = true;
        giveBack();
    }
}
