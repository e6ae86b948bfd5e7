Console.WriteLine("pgm");
