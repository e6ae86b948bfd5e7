using PgmCluster.Data;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Execution.Doctor.Computation;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Tests.Doctor;

public class DeviceExaminationTests
{
    [Fact]
    public async Task Run_DeviceCannotBeOpened_IsOneFailedLineWithTheReason()
    {
        using var thread = new DeviceThread(ComputeDevice.Cpu(), _ => throw new BadInputException("Checking cpu:0: element (3, 4) of a product is 2 instead of 1."));
        var findings = new List<Finding>();

        await DeviceExamination.Run(thread, findings.Add);

        var line = Assert.Single(findings);
        Assert.Equal(FindingState.Failed, line.State);
        Assert.Contains("element (3, 4)", line.Found, StringComparison.Ordinal);
        Assert.Contains("PGM_DEVICES", line.Advice, StringComparison.Ordinal);
    }
}
