using Microsoft.AspNetCore.Components;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Dashboard.Components;

/// <summary>A page that looks again while it is open. Where the cluster does not answer, it shows what it has and says so.</summary>
public abstract class LivePage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private readonly SemaphoreSlim _looking = new(1, 1);

    /// <summary>Why what is shown is not of now, in one line; null where it is.</summary>
    protected string? Trouble { get; private set; }

    /// <summary>Whether something was there to show at all.</summary>
    protected bool IsLoaded { get; private set; }

    /// <summary>Between two looks.</summary>
    protected virtual TimeSpan Interval => TimeSpan.FromSeconds(2);

    /// <summary>Looks.</summary>
    protected abstract Task LoadAsync(CancellationToken cancellation);

    /// <summary>Looks now.</summary>
    protected async Task RefreshAsync()
    {
        try
        {
            await _looking.WaitAsync(_closed.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return;
        }
        try
        {
            await LoadAsync(_closed.Token);
            (Trouble, IsLoaded) = (null, true);
        }
        catch (Exception) when (_closed.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
        catch (OperationCanceledException)
        {
            // A call that was with a silo when that was lost ends so, although nobody has given it up.
            Trouble = "Reading from the cluster: a silo was lost meanwhile. This page asks again.";
        }
        catch (Exception e)
        {
            // Whatever it is: a page that shows what it has, and asks again, is better than one that stands still.
            Trouble = ErrorLine.Of(e);
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <inheritdoc />
    protected override Task OnParametersSetAsync() => RefreshAsync();

    /// <inheritdoc />
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _ = LookAgainAsync();
    }

    /// <summary>Ends the looking.</summary>
    public void Dispose()
    {
        _closed.Cancel();
        GC.SuppressFinalize(this);
    }

    private async Task LookAgainAsync()
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(_closed.Token))
            {
                await InvokeAsync(RefreshAsync);
                await InvokeAsync(StateHasChanged);
            }
        }
        catch (Exception) when (_closed.IsCancellationRequested)
        {
            // The page was closed.
        }
        catch (Exception e)
        {
            await DispatchExceptionAsync(e);
        }
    }
}
