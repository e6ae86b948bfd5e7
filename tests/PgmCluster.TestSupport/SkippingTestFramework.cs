using System.Reflection;
using PgmCluster.TestSupport.Processes;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace PgmCluster.TestSupport;

/// <summary>
/// Reports a test as skipped where it throws <see cref="GoldenData.Skipped"/>, which xunit 2 itself reports as failed: whether a golden
/// file or a privilege is there is known only once the test runs. Before any test it clears the environment. Every test project names this framework by an attribute that
/// <c>Directory.Build.targets</c> adds.
/// </summary>
public sealed class SkippingTestFramework(IMessageSink messageSink) : XunitTestFramework(messageSink)
{
    static SkippingTestFramework() => TestEnvironment.Clear();

    protected override ITestFrameworkExecutor CreateExecutor(AssemblyName assemblyName) =>
        new Executor(assemblyName, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Executor(AssemblyName assembly, ISourceInformationProvider sources, IMessageSink diagnostics)
        : XunitTestFrameworkExecutor(assembly, sources, diagnostics)
    {
        protected override void RunTestCases(
            IEnumerable<IXunitTestCase> testCases, IMessageSink executionMessageSink, ITestFrameworkExecutionOptions executionOptions) =>
            base.RunTestCases(testCases, new Sink(executionMessageSink), executionOptions);
    }

    private sealed class Sink(IMessageSink inner) : IMessageSink
    {
        public bool OnMessage(IMessageSinkMessage message)
        {
            if (message is ITestFailed failed && failed.Messages.FirstOrDefault() is { } text
                && text.StartsWith(GoldenData.SkipToken, StringComparison.Ordinal))
            {
                return inner.OnMessage(new TestSkipped(failed.Test, text[GoldenData.SkipToken.Length..]));
            }
            return inner.OnMessage(message);
        }
    }
}
