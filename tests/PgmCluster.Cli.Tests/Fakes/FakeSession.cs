using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Sessions;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeSession(FakeCluster cluster, PgmHome home, HomeClaim? claim) : IClusterSession
{
    public bool IsEmbedded => claim is not null;

    public string Gateway => "127.0.0.1:30000";

    public string ClusterId => "pgm";

    public string? ApiAddress => cluster.ApiAddress;

    public PgmHome Home => home;

    public HomeClaim? Claim => claim;

    public CancellationToken SiloStopping
    {
        get
        {
            cluster.Standing?.Invoke();
            return CancellationToken.None;
        }
    }

    public TGrain Get<TGrain>(string key) where TGrain : IGrainWithStringKey => (TGrain)Get(typeof(TGrain), key);

    public IGrain Get(Type grain, string key) => (IGrain)cluster.Grain(grain, key, home);

    public ValueTask DisposeAsync()
    {
        cluster.Log.Add("close");
        return ValueTask.CompletedTask;
    }
}
