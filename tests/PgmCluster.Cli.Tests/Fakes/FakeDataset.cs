using PgmCluster.Cli.Homes;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Fakes;

internal sealed class FakeDataset(FakeCluster cluster, string name, PgmHome home) : IDatasetGrain
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

    /// <remarks>By a job where the test says how that ends.</remarks>
    public async Task<RegistrationStart> StartRegistration(DatasetRequest request)
    {
        var job = $"register-{name}-1";
        if (!cluster.Endings.ContainsKey(job)) return new RegistrationStart(await Register(request), null);
        await ((IRegistrationJobGrain)cluster.Grain(typeof(IRegistrationJobGrain), job, home)).Start(new RegistrationRequest
        {
            Dataset = name,
            Asked = request,
            Plan = new ArtifactReference("datasets/plan.jsonl", 1, new string('a', 64)),
            Open = [0],
        });
        return new RegistrationStart(null, job);
    }

    public Task Remove()
    {
        cluster.Log.Add($"remove {name}");
        _info = null;
        return Task.CompletedTask;
    }

    public Task<ArtifactReference> DrawSheet() => Task.FromResult(new ArtifactReference("datasets/sheets/0.png", 1, new string('0', 64)));

    public Task<DatasetInfo> Get() =>
        cluster.Gone.Contains(name) ? throw new NotFoundException($"'{name}' is gone.") : Task.FromResult(_info!);
}
