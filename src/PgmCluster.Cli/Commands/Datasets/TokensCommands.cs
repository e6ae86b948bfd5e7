using System.CommandLine;
using System.Globalization;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Cli.Sessions;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Tokenization;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Tokens;

namespace PgmCluster.Cli.Commands.Datasets;

/// <summary><c>pgm tokens import|export</c>: tokens from and for the public code.</summary>
internal static class TokensCommands
{
    public static Command Create(CliEnvironment environment) =>
        new("tokens", "Take over tokens that the public code made, or write them for it") { Import(environment), Export(environment) };

    private static Command Import(CliEnvironment environment)
    {
        var id = new Argument<string>("ID") { Description = "Id of the tokenization that they become; the same command goes on with it" };
        var directory = new Argument<string>("DIR")
        {
            Description = "Directory that Hugging Face's save_to_disk wrote, as the silos see it",
        };
        var tokenizer = new Option<string>("--tokenizer")
        {
            Description = "Completed tokenizer training run that they were made with",
            HelpName = "RUN",
            Required = true,
        };
        var dataset = new Option<string?>("--dataset")
        {
            Description = "Registered dataset that they were made from; without it classes are numbers",
            HelpName = "NAME",
        };
        var split = new Option<string>("--split")
        {
            Description = "Split to take: a directory below DIR",
            HelpName = "NAME",
            DefaultValueFactory = _ => "train",
        };
        var scheduling = new SchedulingOptions();
        var wait = new WaitOptions();
        var command = new Command("import", "Make token shards of Arrow files") { id, directory, tokenizer, dataset, split };
        scheduling.AddTo(command);
        wait.AddTo(command);
        return command.Does(environment, invocation => JobVerb.RunAsync(invocation, wait, invocation.Get(id), async session =>
        {
            var job = session.Get<ITokenizationJobGrain>(invocation.Get(id));
            await job.Start(new TokenizationRequest
            {
                Dataset = invocation.Get(dataset) ?? "",
                Tokenizer = invocation.Get(tokenizer)!,
                Import = new TokenImport
                {
                    // As the silo sees it: its current directory may be another one.
                    Location = Path.GetFullPath(invocation.Get(directory)!),
                    Split = invocation.Get(split)!,
                },
                Scheduling = scheduling.Of(invocation),
            });
            return job;
        }));
    }

    private static Command Export(CliEnvironment environment)
    {
        var id = new Argument<string>("ID") { Description = "Completed tokenization" };
        var directory = new Argument<string>("DIR") { Description = "Directory to write; made where it is missing" };
        var split = new Option<string>("--split")
        {
            Description = "Directory below it: 'train' and 'eval' are what the public code reads",
            HelpName = "NAME",
            DefaultValueFactory = _ => "train",
        };
        var set = new Option<string?>("--set")
        {
            Description = "Which tokens: a split, or 'train-flipped' for those of its mirrored images; else the split that --split names",
            HelpName = "NAME",
        };
        return new Command("export", "Write token shards as Arrow files for load_from_disk") { id, directory, split, set }.Does(
            environment, invocation => invocation.WithSessionAsync(SiloNeed.Any, async session =>
            {
                if (await JobGrains.FindAsync(session, invocation.Get(id)) is not ITokenizationJobGrain job)
                    throw new InvalidRequestException(
                        $"Exporting '{invocation.Get(id)}': it is no tokenization. 'pgm runs list' shows which are.");
                var tokens = await job.GetResult();
                var chosen = ExportedSet.Find(invocation.Get(id)!, tokens, invocation.Get(set), invocation.Get(split)!);
                var store = session.Home.OpenArtifacts();
                var writer = new SavedTokensWriter(Path.GetFullPath(invocation.Get(directory)!), invocation.Get(split)!, tokens.Codebook);
                foreach (var shard in chosen.Shards)
                {
                    var stored = new ArtifactInfo(shard.File.Name, shard.File.Size, shard.File.Sha256);
                    using var file = await store.FetchAsync(stored, invocation.Cancellation);
                    using var opened = TokenShard.Open(file);
                    writer.Add(opened, shard.Index, chosen.Shards.Count);
                }
                writer.Finish();
                return invocation.Finish(
                    new
                    {
                        directory = writer.Place,
                        set = chosen.Name,
                        files = chosen.Shards.Count,
                        chosen.Images,
                        tokens.Height,
                        tokens.Width,
                        tokens.Codebook,
                    },
                    console => console.WriteFacts(
                        ("written", writer.Place),
                        ("set", chosen.Name),
                        ("files", chosen.Shards.Count.ToString(CultureInfo.InvariantCulture)),
                        ("images", $"{chosen.Images}, {tokens.Height} x {tokens.Width} codes"),
                        ("first token of a row", $"{tokens.Codebook + 1}")));
            }));
    }
}
