using System.CommandLine;
using PgmCluster.Cli.Commands.Jobs;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Jobs;
using PgmCluster.Cli.Output;
using PgmCluster.Contracts.Sampling;

namespace PgmCluster.Cli.Commands.Sampling;

/// <summary><c>pgm sample</c>: pictures of classes.</summary>
internal static class SampleCommand
{
    public static Command Create(CliEnvironment environment)
    {
        var id = new Argument<string>("ID") { Description = "Id of the sampling job; the same command goes on with it" };
        var model = new Option<string>("--model")
        {
            Description = "Completed training run of a generative model",
            HelpName = "RUN",
            Required = true,
        };
        var classes = new Option<string?>("--classes")
        {
            Description = "Classes by name or index, separated by commas; what is a name is no index. Default: all that were trained",
            HelpName = "LIST",
        };
        var single = new Option<string[]>("--class")
        {
            Description = "A class by name, which may hold commas, or index; give it once per class",
            HelpName = "NAME",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var perClass = new Option<int>("--per-class") { Description = "Images per class", HelpName = "N", DefaultValueFactory = _ => 8 };
        var output = new Option<string?>("--out") { Description = "Copy the grid to this file", HelpName = "FILE.png" };
        var sampler = new SamplerOptions();
        var scheduling = new SchedulingOptions();
        var wait = new WaitOptions();
        var command = new Command("sample", "Generate images, a grid row per class") { id, model, classes, single, perClass };
        sampler.AddTo(command);
        command.Add(output);
        scheduling.AddTo(command);
        wait.AddTo(command);
        return command.Does(environment, async invocation =>
        {
            var target = invocation.Get(output);
            if (target is not null)
            {
                if (wait.Detach(invocation))
                    throw new Errors.UsageException("--out needs the grid, which --detach does not wait for. Leave out one of them.");
                OutputFile.Check(target);
            }
            return await JobVerb.RunAsync(invocation, wait, invocation.Get(id), async session =>
            {
                var job = session.Get<ISamplingJobGrain>(invocation.Get(id));
                await job.Start(new SamplingRequest
                {
                    Model = invocation.Get(model)!,
                    Classes = await ClassNames.ResolveAsync(
                        session, invocation.Get(model)!, invocation.Get(classes), invocation.Get(single) ?? []),
                    ImagesPerClass = invocation.Get(perClass),
                    Seed = sampler.Seed(invocation),
                    Settings = sampler.Settings(invocation),
                    Scheduling = scheduling.Of(invocation),
                });
                return job;
            }, (session, result) =>
            {
                if (target is null || result is not SamplingResult made) return Task.CompletedTask;
                OutputFile.Copy(session.Home, made.Grid.Name, target);
                invocation.ProgressWriter.WriteLine($"Grid copied to {Path.GetFullPath(target)}");
                return Task.CompletedTask;
            });
        });
    }
}
