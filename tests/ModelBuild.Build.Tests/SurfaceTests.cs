using ModelBuild.Build.Tests.Support;
using ModelBuild.Compiler;
using ModelBuild.Plan;

namespace ModelBuild.Build.Tests;

/// <summary>The plan of a design-time build against that of a real one.</summary>
public sealed class SurfaceTests
{
    [Fact]
    public void CompileSurface_OfModelWithSeveralPorts_HasThePortsOfTheRealPlan()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, new OnnxGraph()
                .Input("first", "batch", 4)
                .Input("second", "batch", 4)
                .Output("sum", "batch", 4)
                .Output("difference", "batch", 4)
                .Output("positive", "batch", 4)
                .Node("Add", "add", ["first", "second"], ["sum"])
                .Node("Sub", "sub", ["first", "second"], ["difference"])
                .Node("Relu", "relu", ["sum"], ["positive"]).ToModel());
            var options = new CompileOptions { ModelPath = file, Mode = ModelMode.Fp32, ClassName = "A", ResourceName = "a.weights" };

            ExecutionPlan surface = PlanReader.Read(ModelCompiler.CompileSurface(options));
            ExecutionPlan real = PlanReader.Read(ModelCompiler.Compile(options).Plan);

            Assert.Equal(["first", "second"], surface.Inputs.Select(port => port.Name));
            Assert.Equal(["sum", "difference", "positive"], surface.Outputs.Select(port => port.Name));
            Assert.Equal(Ports(real.Inputs, real), Ports(surface.Inputs, surface));
            Assert.Equal(Ports(real.Outputs, real), Ports(surface.Outputs, surface));
            Assert.False(surface.IsComplete);
        }
        finally
        {
            File.Delete(file);
        }

        static IEnumerable<string> Ports(IEnumerable<PlanPort> ports, ExecutionPlan plan) =>
            ports.Select(
                port =>
                    $"{port.Name} {port.Identifier} {plan.Tensors[port.Tensor].Type} {string.Join(',', plan.Tensors[port.Tensor].Shape)}");
    }
}
