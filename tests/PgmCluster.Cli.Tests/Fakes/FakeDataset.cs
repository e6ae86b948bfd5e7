using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeDataset(FakeCluster cluster, string name) : IDatasetGrain
{
    private DatasetInfo? _info;

    public Task<DatasetInfo> Register(DatasetRequest request)
    {
        if (cluster.Refusals.TryGetValue(name, out var refusal)) throw refusal;
        if (_info is null) cluster.Datasets.Add(new CatalogEntry { Name = name });
        var held = request.ValidationShare > 0 ? (int)(10000 * request.ValidationShare) : request.ValidationImages;
        cluster.Log.Add($"register {name}, {held} held out");
        return Task.FromResult(_info = new DatasetInfo
        {
            Name = name,
            Location = request.Location,
            SourceKind = "idx",
            Images = 10000,
            ClassNames = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
            Splits = [new("train", 0, 10000 - held), new("validation", 10000 - held, held)],
            ContentSha256 = new string('0', 64),
        });
    }

    public async Task<RegistrationStart> StartRegistration(DatasetRequest request) => new(await Register(request), null);

    public Task Remove()
    {
        cluster.Log.Add($"remove {name}");
        _info = null;
        return Task.CompletedTask;
    }

    public Task<DatasetInfo> Get() => Task.FromResult(_info!);
}
