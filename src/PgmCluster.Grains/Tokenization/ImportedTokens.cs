using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PgmCluster.Contracts.Datasets;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Data;
using PgmCluster.Data.Blobs;
using PgmCluster.Data.Formats;
using PgmCluster.Data.Tokens;
using PgmCluster.Execution.Documents;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs;
using PgmCluster.Grains.Jobs.Units;

namespace PgmCluster.Grains.Tokenization;

/// <summary>A tokenization whose tokens were made elsewhere: each of its units reads a file of them instead of images.</summary>
internal static class ImportedTokens
{
    private const string SourceKind = "tokens";

    /// <exception cref="InvalidRequestException">There are no such files, or tokenizer or dataset are not there.</exception>
    public static async Task<TokenizationJobState> PlanAsync(
        IGrainFactory grains, ImportRoots roots, string job, TokenizationRequest request, string run)
    {
        var (place, files) = await Found(roots, job, request.Import!);
        var dataset = request.Dataset.Length == 0 ? null : await grains.GetGrain<IDatasetGrain>(request.Dataset).Get();
        var (tokenizer, _) = await Lineage.TrainedOf(grains, request.Tokenizer, "tokenizer");
        return new TokenizationJobState
        {
            Request = request with { Import = request.Import! with { Location = place, Files = files } },
            Summary = $"{files.Count} files of tokens from {place}, of {request.Tokenizer}",
            MadeFrom = dataset is null ? [request.Tokenizer] : [dataset.Name, request.Tokenizer],
            Dataset = dataset ?? Unknown(job, place, 0, 1, ""),
            Tokenizer = tokenizer,
            Units = [new UnitRun { Name = run, Units = files.Count }],
            Progress = new JobProgress { Unit = "unit", Total = files.Count },
        };
    }

    public static (string Kind, string Document) Describe(TokenizationJobState state, string job, WorkUnit unit)
    {
        var (import, isNamed) = (state.Request!.Import!, state.Request.Dataset.Length > 0);
        return (WorkKinds.ImportTokens, WorkJson.Write(new ImportTokensWork
        {
            Output = $"tokens/{job}/shard-{unit.Number:00000}.safetensors",
            Tokenizer = state.Tokenizer!.ToInfo(),
            Location = import.Location,
            File = import.Files![unit.Number],
            Dataset = isNamed ? state.Dataset!.ContentSha256 : null,
            Classes = isNamed ? state.Dataset!.ClassNames.Count : null,
        }));
    }

    /// <summary>
    /// The dataset that the tokens are of: where none was named, as many classes as labels tell, called by their numbers.
    /// </summary>
    public static DatasetInfo DatasetOf(TokenizationJobState state, string job, IReadOnlyList<ImportTokensResult> results)
    {
        if (state.Request!.Dataset.Length > 0) return state.Dataset!;
        var hashes = string.Concat(results.Select(r => r.Shard.File.Sha256));
        return Unknown(
            job, state.Request.Import!.Location, results.Sum(r => r.Shard.Images), Math.Max(1, results.Max(r => r.LargestLabel) + 1),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(hashes))));
    }

    private static DatasetInfo Unknown(string job, string location, int images, int classes, string sha256) => new()
    {
        Name = job,
        Location = location,
        SourceKind = SourceKind,
        Images = images,
        ClassNames = [.. Enumerable.Range(0, classes).Select(c => c.ToString(CultureInfo.InvariantCulture))],
        Splits = [new DatasetSplitInfo(SplitNames.Train, 0, images)],
        ContentSha256 = sha256,
    };

    private static async Task<(string Place, IReadOnlyList<string> Files)> Found(ImportRoots roots, string job, TokenImport import)
    {
        try
        {
            // Not in the grain's turn: the directory may be on a slow disk.
            var (place, files) = await Task.Run(() =>
            {
                roots.Require($"Importing tokens '{job}' from", import.Location);
                return SavedTokens.Find(import.Location, import.Split);
            });
            if (import.Files?.Except(files).FirstOrDefault() is { } other)
                throw new BadInputException($"Importing tokens '{job}' from {place}: it has no file {other}. Leave the files out.");
            return (place, import.Files ?? files);
        }
        catch (BadInputException e)
        {
            throw new InvalidRequestException(e.Message);
        }
    }
}
