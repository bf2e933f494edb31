using ModelBuild.Runtime.Tests.Kernels.Checks;

return CheckProgram.Run(args, Console.Out);
