using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using PgmCluster.Contracts.Errors;

namespace PgmCluster.Client;

/// <summary>Connects when the host starts, within a time, and says what was wrong. Alone Orleans' client would try for minutes.</summary>
internal sealed class ConnectingClient(
    IClusterClient client, NamedGateways gateways, GreetingWatch watch, ClientTls tls, IOptions<PgmClientOptions> options) : IHostedService
{
    private readonly IHostedService _client = (IHostedService)client;

    /// <exception cref="PgmException">It could not connect.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Value.ConnectTimeout);
        try
        {
            watch.Begin(await gateways.FindAsync(deadline.Token), deadline.Cancel);
            await _client.StartAsync(deadline.Token).WaitAsync(deadline.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Describe(e);
        }
        finally
        {
            watch.End();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => _client.StopAsync(cancellationToken);

    private PgmException Describe(Exception e)
    {
        var (id, names) = (options.Value.ClusterId, options.Value.Names);
        if (watch.Refusal is { } refusal) return ConnectionFailure.Untrusted(gateways.Names, names, refusal);
        if (watch.OtherCluster is { } other) return ConnectionFailure.OtherCluster(gateways.Names, id, other, names, e);
        if (watch.IsRefused) return ConnectionFailure.Refused(gateways.Names, id, tls.Policy is not null, names, e);
        return ConnectionFailure.Silent(gateways.Names, e is OperationCanceledException && gateways.LastError is { } last ? last : e);
    }
}
