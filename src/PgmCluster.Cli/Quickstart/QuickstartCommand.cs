using System.CommandLine;
using PgmCluster.Cli.Commands;
using PgmCluster.Cli.Commands.Datasets;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Output;
using PgmCluster.Silo.Hosting;

namespace PgmCluster.Cli.Quickstart;

/// <summary><c>pgm quickstart</c>: from pictures to generated pictures.</summary>
internal static class QuickstartCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var output = new Option<string>("--out")
        {
            Description = "Directory for everything that is made; also its --home",
            HelpName = "DIR",
            DefaultValueFactory = _ => "pgm-quickstart",
        };
        var data = new Option<string?>("--data")
        {
            Description = "Directory with a dataset. Default: the Fashion-MNIST pictures that come with PgmCluster",
            HelpName = "DIR",
        };
        var background = BackgroundOption.Create();
        var preset = new Option<string>("--preset")
        {
            Description = "demo (minutes on two CPU cores) or smoke (under a minute, tiny models)",
            HelpName = "NAME",
            DefaultValueFactory = _ => QuickstartPlans.Demo.Preset,
        };
        var seed = new Option<long>("--seed")
        {
            Description = "Decides weights, data order and every draw",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var compare = new Option<bool>("--compare")
        {
            Description = "Train a PGM and a MaskGIT beside the model, as many steps each, and compare scores and speed",
        };
        var fresh = new Option<bool>("--fresh") { Description = "Start over: remove what a quickstart made in that directory" };
        var command = new Command(
            "quickstart", "Register, tokenize, train, sample and evaluate in one go; run it again to go on after an interruption")
        {
            output, data, background, preset, seed, compare, fresh,
        };
        return command.Does(environment, async invocation =>
        {
            if (invocation.NamesHome) throw new UsageException("quickstart keeps everything in --out. Give --out instead of --home.");
            if (invocation.NamesGateway) throw new UsageException("quickstart always runs a silo of its own. Leave out --gateway.");
            if (invocation.NoEmbed) throw new UsageException("quickstart always runs a silo of its own. Leave out --no-embed.");
            var plan = QuickstartPlans.Find(invocation.Get(preset)!);
            var source = SampleData.Locate(invocation.Get(data)) with { Background = BackgroundOption.Parse(invocation.Get(background)) };
            var home = new PgmHome(invocation.Get(output)!);
            if (invocation.Get(fresh)) StartOver(home);
            FreeSpace.Require(home.Root, plan.RequiredMegabytes, $"'quickstart --preset {plan.Preset}'");

            var (draw, both) = (invocation.Get(seed), invocation.Get(compare));
            var stages = plan.Stages(both);
            var outcome = await invocation.WithEmbeddedAsync(home, async session =>
            {
                await using var board = invocation.Board(stages, pictures: true);
                var clock = StageClock.Open(
                    Path.Combine(home.Root, "quickstart", $"{plan.JobId(draw, "stages")}.json"), environment.Time);
                var left = new TimeLeft([.. stages.Select(stage => (stage, plan.Costs[stage]))], environment.Time);
                return await new QuickstartRunner(
                    session, plan, both, draw, source, board, clock, left,
                    environment.Sessions.MeasureSpeed).RunAsync(invocation.Cancellation);
            }, plan.JobIds(draw, both).Contains);
            return invocation.Finish(outcome.Summary, console => QuickstartTable.Write(console, outcome, home));
        });
    }

    private static void StartOver(PgmHome home)
    {
        if (!Directory.Exists(home.Root)) return;
        if (!home.IsForeign() && File.Exists(home.Marker))
        {
            // Also tells apart a silo that is still starting, which no endpoint announces yet.
            using var mine = HomeLock.Acquire(home.Root);
        }
        HomeContents.Remove(home);
    }
}
