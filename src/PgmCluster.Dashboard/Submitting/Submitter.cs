using System.Globalization;
using Orleans;
using PgmCluster.Api.Jobs;
using PgmCluster.Api.Requests;
using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Contracts.Training;
using PgmCluster.Dashboard.Access;

namespace PgmCluster.Dashboard.Submitting;

/// <summary>What a page submits, in the name of who looks at it; by the rules of the API.</summary>
internal sealed class Submitter(IGrainFactory grains, PageCaller caller)
{
    private const int MostChoices = 200, MostIds = 100;

    /// <summary>Whether a run made a tokenizer, by id and time of submission: that does not change.</summary>
    private readonly Dictionary<(string, DateTimeOffset), bool> _isTokenizer = [];

    /// <summary>What there is to train on.</summary>
    /// <param name="withTokenizers">Whether tokenizers are asked for, too: each run has to be asked what it is.</param>
    public async Task<RunChoices> ReadChoicesAsync(bool withTokenizers)
    {
        await caller.RequireAsync();
        var datasets = await grains.GetGrain<ICatalogGrain>("datasets").Page(new CatalogQuery { Limit = CatalogQuery.MostOfAPage });
        var completed = await JobsAsync(new CatalogQuery { Kind = JobKind.Tokenization }.In(JobPhase.Completed));
        var underWay = await JobsAsync(new CatalogQuery { Kind = JobKind.Tokenization, AtRest = false });
        return new RunChoices(
            [.. datasets.Entries.Select(e => e.Name)], [.. completed.Where(e => e.Phase == JobPhase.Completed).Select(e => e.Name)],
            [.. underWay.Select(e => e.Name)], withTokenizers ? await TokenizersAsync() : []);
    }

    /// <summary>An id that is free now, made of a name and a number.</summary>
    /// <returns>Null where the first numbers are all taken.</returns>
    public async Task<string?> FreeIdAsync(string name)
    {
        await caller.RequireAsync();
        for (var i = 1; i <= MostIds; i++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
            if (await Jobs.Find(id) is null) return id;
        }
        return null;
    }

    /// <summary>What a run would be. Starts and records nothing.</summary>
    /// <exception cref="PgmException">What starting it would be refused for.</exception>
    public async Task<ResolvedTraining> CheckAsync(string id, TrainingRequest request)
    {
        await RequireNewAsync(id, request);
        return await grains.GetGrain<ITrainingRunGrain>(id).Resolve(request);
    }

    /// <summary>Submits a run.</summary>
    /// <exception cref="PgmException">It is refused.</exception>
    public Task StartAsync(string id, TrainingRequest request) => SubmitAsync(SubmittedKinds.Training, id, request);

    /// <summary>Submits a tokenization.</summary>
    /// <exception cref="PgmException">It is refused.</exception>
    public Task TokenizeAsync(string id, TokenizationRequest request) => SubmitAsync(SubmittedKinds.Tokenization, id, request);

    /// <summary>Registers a data set.</summary>
    /// <returns>What is registered, or the job that reads it.</returns>
    /// <exception cref="PgmException">It is refused.</exception>
    public async Task<RegistrationStart> RegisterAsync(string name, DatasetRequest request)
    {
        DatasetNames.Check(name);
        var attempt = $"Registering data set '{name}'";
        var user = await caller.RequireMaySubmitAsync(attempt);
        RequireText(attempt, request);
        caller.ActAs(user);
        return await grains.GetGrain<IDatasetGrain>(name).StartRegistration(request);
    }

    private ICatalogGrain Jobs => grains.GetGrain<ICatalogGrain>(JobIds.Catalog);

    private async Task SubmitAsync<TGrain, TRequest, TResult>(Submitted<TGrain, TRequest, TResult> kind, string id, TRequest request)
        where TGrain : IJobGrain
        where TRequest : class, IScheduledRequest
    {
        var user = await RequireNewAsync(id, request);
        caller.ActAs(user);
        await Submission.SubmitAsync(grains, kind, user, id, request);
    }

    /// <summary>The API takes a request that comes again for the job that it has begun; a page that begins something new does not.</summary>
    private async Task<Api.Callers.Caller> RequireNewAsync<TRequest>(string id, TRequest request) where TRequest : class
    {
        JobNames.Check(id);
        var user = await caller.RequireMaySubmitAsync($"Starting '{id}'");
        RequireText($"Starting '{id}'", request);
        return await Jobs.Find(id) is null
            ? user
            : throw new PgmException($"Starting '{id}': there is a job of that id. Choose another id, or look at /runs/{id}.")
            {
                Code = PgmErrorCode.Conflict,
            };
    }

    private static void RequireText<TRequest>(string attempt, TRequest request) where TRequest : class
    {
        if (RequestBodies.FaultOf(request) is { } fault)
            throw new InvalidRequestException($"{attempt}: {fault.TrimEnd('.')}. Type it anew.");
    }

    private async Task<IReadOnlyList<CatalogEntry>> JobsAsync(CatalogQuery query) =>
        (await Jobs.Page(query with { Limit = MostChoices })).Entries;

    private async Task<IReadOnlyList<string>> TokenizersAsync()
    {
        List<string> found = [];
        foreach (var run in await JobsAsync(new CatalogQuery { Kind = JobKind.Training }.In(JobPhase.Completed)))
        {
            if (run.Phase != JobPhase.Completed) continue;
            if (!_isTokenizer.TryGetValue((run.Name, run.CreatedAt), out var isTokenizer))
            {
                try
                {
                    isTokenizer = (await grains.GetGrain<ITrainingRunGrain>(run.Name).GetDetails()).Kind == "tokenizer";
                }
                catch (PgmException)
                {
                    // Deleted since it was listed, or its record cannot be read.
                    continue;
                }
                _isTokenizer[(run.Name, run.CreatedAt)] = isTokenizer;
            }
            if (isTokenizer) found.Add(run.Name);
        }
        return found;
    }
}
